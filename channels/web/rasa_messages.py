"""Messages of Rasa's REST channel. Pure: JSON in, structs out, and back.

The format is that of Rasa 3.6 (rasa/core/channels/rest.py); `id`, and the author in `custom`, are extensions of this hub.
"""

from collections.abc import Iterator, Sequence
from typing import Annotated, Any
from urllib.parse import quote

import msgspec
from msgspec import Meta, Struct

from hub.conversations.journal import StoredEvent
from hub.conversations.message import Author, Message, whole
from hub.kernel.errors import RefusedError
from hub.kernel.web.bodies import UNREADABLE

TEXT_LIMIT = 8000
"""Characters."""
FILES = "/webhooks/rest/files/"


class RasaMessage(Struct, frozen=True):
    """A citizen's message. Other fields of Rasa's clients (metadata, input_channel) are ignored."""

    sender: str
    message: str


class _Asking(Struct):
    sender: Annotated[str, Meta(min_length=1, max_length=200)] | int
    message: str


class Button(Struct, frozen=True):
    """A button: pressing it sends the payload."""

    title: str
    payload: str


class Answer(Struct, frozen=True, omit_defaults=True):
    """One message to the citizen; a client can request those after `id`."""

    recipient_id: str
    id: str
    text: str = ""
    buttons: tuple[Button, ...] = ()
    image: str = ""
    attachment: str = ""
    custom: dict[str, Any] = {}


_decode = msgspec.json.Decoder(_Asking).decode


def asking(body: bytes) -> RasaMessage:
    """Raises RefusedError with bad_body, empty or too_long."""
    try:
        told = _decode(body)
    except UNREADABLE as error:
        raise RefusedError("bad_body", f"Тело запроса не понято: {error}") from error
    if not told.message.strip():
        raise RefusedError("empty", "Сообщение пустое.")
    if len(told.message) > TEXT_LIMIT:
        raise RefusedError("too_long", f"Сообщение длиннее {TEXT_LIMIT} знаков.")
    return RasaMessage(whole(str(told.sender)), told.message)


def answers(sender: str, records: Sequence[StoredEvent]) -> list[Answer]:
    """Messages to a citizen in Rasa's format; a file is a separate message, as there."""
    return [answer for record in records if isinstance(record.entry, Message) for answer in _answers(sender, record.id, record.entry)]


def _answers(sender: str, number: int, message: Message) -> Iterator[Answer]:
    if message.text:
        buttons = tuple([Button(choice, choice) for choice in message.choices])
        yield Answer(sender, str(number), message.text, buttons, custom=_custom(message))
    for attachment in message.attachments:
        where = f"{FILES}{attachment.file}?sender={quote(sender, safe='')}"
        picture = attachment.type.startswith("image/")
        yield Answer(sender, str(number), image=where if picture else "", attachment="" if picture else where, custom=_custom(message))


def _custom(message: Message) -> dict[str, Any]:
    """The source of an answer, and the author where it is not the robot."""
    told: dict[str, Any] = {"source": msgspec.to_builtins(message.source)} if message.source else {}
    if message.author is not Author.BOT:
        told |= {"author": message.author.value, "name": message.name}
    return told


def to_citizen(records: Sequence[StoredEvent]) -> list[StoredEvent]:
    """Messages to the citizen, without their own."""
    return [r for r in records if isinstance(r.entry, Message) and not r.entry.internal and r.entry.author is not Author.CITIZEN]
