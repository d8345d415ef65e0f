"""Webhook messages between a partner and the hub. Pure: JSON in, structs out, and back."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from hub.conversations.conversation import Conversation
from hub.conversations.delivery_status import Delivery
from hub.conversations.journal import StoredEvent
from hub.conversations.message import Message, Source

TEXT_LIMIT = 8000


class EnclosedFile(Struct, frozen=True, forbid_unknown_fields=True):
    name: Annotated[str, Meta(max_length=500)]
    content: bytes
    """Base 64."""


class FromPartner(Struct, frozen=True, forbid_unknown_fields=True, rename={"sender": "from"}):
    """A citizen's message. `sender` is the partner's id of the citizen."""

    sender: Annotated[str, Meta(min_length=1, max_length=200)]
    text: Annotated[str, Meta(max_length=TEXT_LIMIT)] = ""
    name: Annotated[str, Meta(max_length=200)] = ""
    thread: Annotated[str, Meta(max_length=200)] = ""
    """Separates matters."""
    attachments: Annotated[tuple[EnclosedFile, ...], Meta(max_length=10)] = ()


class DeliveryUpdate(Struct, frozen=True, forbid_unknown_fields=True):
    """Delivery status of a message that the partner accepted."""

    id: Annotated[str, Meta(pattern=r"^[0-9]{1,19}$")]
    state: Literal["delivered", "read", "failed"]
    why: Annotated[str, Meta(max_length=500)] = ""

    @property
    def delivery(self) -> Delivery:
        return Delivery(self.state)


class Acceptance(Struct, frozen=True):
    """The acknowledgement: the message is on disk."""

    conversation: str
    id: str
    number: str


class ToPartner(Struct, frozen=True, omit_defaults=True):
    """Messages to the citizen of one step."""

    id: str
    """The id of the first message; the same in every attempt."""
    conversation: str
    number: str
    to: str
    text: str
    at: datetime
    thread: str = ""
    choices: tuple[str, ...] = ()
    source: Source | None = None


def letter(conversation: Conversation, records: Sequence[StoredEvent]) -> bytes:
    """Deterministic bytes."""
    said = [record.entry for record in records if isinstance(record.entry, Message)]
    address = conversation.address
    return msgspec.json.encode(ToPartner(
        str(records[0].id), str(conversation.id), conversation.number, address.value, "\n\n".join(each.text for each in said), said[0].at,
        address.thread, said[-1].choices, next((each.source for each in said if each.source), None)))
