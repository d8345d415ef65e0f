"""What becomes of a message on its way to the citizen, and what a carrier's driver must remember between two of its words. Pure."""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from hub.kernel.document import Document


class Delivery(StrEnum):
    """What a carrier tells of a message. A message that nothing was told of was handed to the carrier, no more."""

    WAITING = "waiting"
    """It was tried and not taken, and is tried again: told each time where a try takes long (fax)."""
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"


FURTHER = {
    Delivery.WAITING: set(Delivery), Delivery.DELIVERED: {Delivery.READ}, Delivery.READ: set[Delivery](),
    Delivery.FAILED: {Delivery.DELIVERED, Delivery.READ}}
"""What may still become of it: carriers give up too early, but nothing that was delivered is undelivered again."""


def news(known: Delivery | None, told: Delivery) -> bool:
    """Whether a state says more than what is known."""
    return known is None or told in FURTHER[known]


class Receipt(Struct, frozen=True, gc=False):
    """What a carrier told of the message `record`; `why` is in words that an operator understands."""

    conversation: int
    record: int
    state: Delivery
    why: str = ""


class Ticket(Document, frozen=True, gc=False, omit_defaults=True, tag="ticket"):
    """Leads from the carrier's id to the message. The key is channel:id; `others` are the keys of its other parts."""

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
    """How far a channel's offset was acknowledged. The key is the channel, or channel/account."""

    key: str
    value: str
