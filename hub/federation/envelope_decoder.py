"""Reads what a parcel says, for whoever takes in its kind."""

import logging
from typing import TypeVar

import msgspec

from hub.federation.envelope import Envelope

T = TypeVar("T")

log = logging.getLogger(__name__)


def decode(parcel: Envelope, form: type[T]) -> T | None:
    """What it says in the form of its kind; None, and the log tells it, where it is not of that form."""
    try:
        return msgspec.json.decode(parcel.data, type=form)
    except (msgspec.ValidationError, msgspec.DecodeError) as error:
        log.warning("a parcel is not understood", extra={"parcel": parcel.id, "kind": parcel.kind, "why": str(error)})
        return None
