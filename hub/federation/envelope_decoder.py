"""Decodes the data of an envelope for the handler of its kind."""

import logging
from typing import TypeVar

import msgspec

from hub.federation.envelope import Envelope

T = TypeVar("T")

log = logging.getLogger(__name__)


def decode(parcel: Envelope, form: type[T]) -> T | None:
    """The decoded data; None, with a log line, where it does not match its kind."""
    try:
        return msgspec.json.decode(parcel.data, type=form)
    except (msgspec.ValidationError, msgspec.DecodeError) as error:
        log.warning("invalid envelope from a remote centre: ignored", extra={"parcel": parcel.id, "kind": parcel.kind, "why": str(error)})
        return None
