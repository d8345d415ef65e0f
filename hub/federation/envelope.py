"""Envelope of messages between centres on different deployments. Pure."""

from collections.abc import Container
from datetime import datetime

from msgspec import Struct


class Envelope(Struct, frozen=True):
    """One message. `id` is unique forever: a repeated one is ignored.

    `kind` names the struct whose JSON is `data`: "conversation.handed". `version` is that of the struct: a reader accepts one
    version newer (unknown fields are ignored) and one version older. `trace` is a W3C traceparent.
    """

    id: str
    kind: str
    source: str
    """Codes of centres, as `to`."""
    to: str
    at: datetime
    version: int
    data: bytes
    trace: str = ""


def may_tell_of(source: str, centre: str, apart: Container[str]) -> bool:
    """Whether one centre may report on another, namely one without its own deployment. `apart` are the centres that have one."""
    return centre == source or centre not in apart
