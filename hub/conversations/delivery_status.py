"""Delivery status of a message, and what a driver must remember between a carrier's reports. Pure."""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from hub.kernel.document import Document


class Delivery(StrEnum):
    """Status reported by a carrier. A message without a status was handed to the carrier."""

    WAITING = "waiting"
    """Not accepted yet and tried again: reported each time where an attempt takes long (fax)."""
    SENT = "sent"
    """A person has sent it: nothing carries it (CH-18)."""
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"


FURTHER = {
    Delivery.WAITING: set(Delivery), Delivery.SENT: {Delivery.SENT}, Delivery.DELIVERED: {Delivery.READ}, Delivery.READ: set[Delivery](),
    Delivery.FAILED: {Delivery.DELIVERED, Delivery.READ}}
"""Possible next states: carriers give up too early, but a delivered message stays delivered."""


def news(known: Delivery | None, told: Delivery) -> bool:
    """Whether a state adds to what is known."""
    return known is None or told in FURTHER[known]


class Receipt(Struct, frozen=True, gc=False):
    """A carrier's report on the message `record`; `why` is in words for the operator."""

    conversation: int
    record: int
    state: Delivery
    why: str = ""


class Ticket(Document, frozen=True, gc=False, omit_defaults=True, tag="ticket"):
    """Maps the carrier's id to the message. The key is channel:id; `others` are the keys of its other parts."""

    key: str
    conversation: int
    record: int
    at: datetime
    others: tuple[str, ...] = ()


class Fragment(Document, frozen=True, gc=False, tag="fragment"):
    """Part `seq` (from 1) of the `total` parts of a message. The key is group/seq."""

    key: str
    group: str
    seq: int
    total: int
    content: bytes
    at: datetime


class Bookmark(Document, frozen=True, gc=False, tag="bookmark"):
    """Acknowledged offset of a channel. The key is the channel, or channel/account."""

    key: str
    value: str
