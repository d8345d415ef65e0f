"""Approval of one person's text by another person. Pure."""

from datetime import datetime
from typing import Protocol

from msgspec import Struct

from hub.kernel.errors import RefusedError


class Approval(Struct, frozen=True):
    by: str
    """A login; "" for texts that are shipped with Okno."""
    at: datetime


class Approvable(Protocol):
    """A version that waits for a second person."""

    @property
    def written_by(self) -> str: ...

    @property
    def approval(self) -> Approval | None: ...


def approval_of(version: Approvable, by: str, now: datetime, own: RefusedError) -> Approval:
    """The approval that a version has, or gets now. Raises `own` for its author."""
    if by == version.written_by:
        raise own
    return version.approval or Approval(by, now)
