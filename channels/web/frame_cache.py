"""Encoded frames: once for all sockets of a conversation, and an article's answer once for all citizens."""

from datetime import datetime

import msgspec

from channels.web.frames import Said, ToCitizen
from hub.conversations.attachments import Check
from hub.conversations.journal import StoredEvent
from hub.conversations.message import BOT, Message
from hub.intake.ports import Intake
from hub.kernel.web.socket_writer import text_frame

KEPT = 2000
"""Answers whose encoded form is remembered."""

_encode = msgspec.json.Encoder().encode


def frame(what: ToCitizen) -> bytes:
    return text_frame(_encode(what))


class FrameCache:
    """Makes the frames of messages."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake
        self._answers: dict[str, tuple[Message, bytes]] = {}
        self._at: datetime | None = None
        self._at_json = b""

    def message(self, record: StoredEvent) -> bytes:
        message = record.entry
        assert isinstance(message, Message)  # noqa: S101 - only messages are shown to citizens
        if message.author is BOT:
            said = self._answer(message)
        else:
            said = _said(message, self._closed(record.conversation, message) if message.attachments else {})
        if message.at is not self._at:  # a question and its answer from an article have the same time object
            self._at, self._at_json = message.at, _encode(message.at)
        return text_frame(b"".join((b'{"type":"message","id":"', _encode(record.id), b'","at":', self._at_json, b",", said)))

    def _closed(self, conversation: int, message: Message) -> dict[str, Check]:
        found = ((each.file, self._intake.quarantined(conversation, each.file)) for each in message.attachments)
        return {file: held.state.told for file, held in found if held is not None}

    def _answer(self, message: Message) -> bytes:
        known = self._answers.get(message.text)
        if known is not None:
            like, said = known
            # Answers of one article share these objects; identity checks are free.
            if like.source is message.source and like.choices is message.choices and like.name is message.name:
                return said
        if len(self._answers) >= KEPT:
            self._answers.clear()
        said = _said(message, {})
        self._answers[message.text] = message, said
        return said


def _said(message: Message, closed: dict[str, Check]) -> bytes:
    """A message's frame after its id and time."""
    return _encode(Said(
        message.author, message.text, message.key, message.name, message.choices, message.source, message.attachments, closed))[1:]
