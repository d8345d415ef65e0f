"""Outgoing messages of Telegram: texts with buttons, then files, within its rate limits.

The Bot API has no idempotency key: a request whose response was lost is repeated, and the message may arrive twice. To make that rare,
parts with a response are not sent again, and a status line alone counts as a response.
"""

import asyncio
from collections.abc import Sequence
from time import monotonic

from aiogram import Bot
from aiogram.exceptions import AiogramError, TelegramRetryAfter
from aiogram.types import BufferedInputFile, InlineKeyboardButton, InlineKeyboardMarkup

from channels.messenger.message_format import cut, joined, rows
from channels.messenger.rate_limit import RateLimiter, SendRate
from channels.messenger.stored_files import content_of
from channels.messenger.telegram_api import SendFile, SendText, of_the_hub
from hub.conversations.conversation import Conversation
from hub.conversations.journal import StoredEvent
from hub.conversations.message import Attachment, Message
from hub.kernel.errors import UnavailableError, UndeliverableError
from hub.kernel.ports import Files

TEXT_LIMIT = 4096
"""Characters of a message (Bot API, sendMessage)."""
UPLOAD_LIMIT = 50 << 20
"""Bytes that a bot may send (Bot API, sendDocument)."""
LABEL_LIMIT = 64
"""Units; Telegram has no limit for a label, and displays a longer one truncated."""
CHAT_SPEED, BOT_SPEED = SendRate(1, 3), SendRate(30, 30)
"""Telegram's limits in one chat and in all (Bots FAQ, "My bot is hitting limits")."""
LONGEST_WAIT_S = 30.0
"""A message with a longer Retry-After is retried later."""


class Sender:
    def __init__(self, bot: Bot, files: Files, *, limited: bool) -> None:
        self._bot, self._files, self._limited = bot, files, limited
        self._pace = RateLimiter(CHAT_SPEED, BOT_SPEED)
        self._carried: dict[int, int] = {}
        """Number of sent parts by first record: a failed message continues there."""

    async def send(self, conversation: Conversation, records: Sequence[StoredEvent]) -> None:
        """hub.conversations.ports.CarryingChannel.send."""
        chat, first = _chat(conversation), records[0].id
        try:
            for place, part in enumerate(self._parts(chat, conversation.id, records)):
                if place >= self._carried.get(first, 0):
                    await self._carry(chat, part)
                    self._carried[first] = place + 1
        except UndeliverableError:
            self._carried.pop(first, None)
            raise
        self._carried.pop(first, None)

    def _parts(self, chat: int, conversation: int, records: Sequence[StoredEvent]) -> list[SendText | Attachment]:
        said = joined(records)
        if big := [attachment.name for attachment in said.attachments if attachment.size > UPLOAD_LIMIT]:
            message = f"Telegram не принимает файлы больше 50 МБ: {', '.join(big)}."
            raise UndeliverableError(message)
        texts = [SendText(chat_id=chat, text=piece) for piece in cut(said.text, TEXT_LIMIT)]
        if texts and said.choices:
            texts[-1].reply_markup = keyboard(conversation, offering(records), said.choices)
        return [*texts, *said.attachments]

    async def _carry(self, chat: int, part: SendText | Attachment) -> None:
        method = part if isinstance(part, SendText) else SendFile(
            chat_id=chat, document=BufferedInputFile(await content_of(self._files, part), part.name))
        while True:
            await self._turn(str(chat))
            try:
                await self._bot(method)
            except TelegramRetryAfter as error:
                self._pace.refused(str(chat), error.retry_after, monotonic())
            except AiogramError as error:
                raise of_the_hub(error) from None  # its own text may quote the answer
            else:
                return

    async def _turn(self, chat: str) -> None:
        """Wait for a chat's slot; raises UnavailableError for a long pause."""
        wait_s = self._pace.wait_s(chat, monotonic()) if self._limited else 0.0
        while max(wait_s, held_s := self._pace.held_s(chat, monotonic())) > 0:
            if held_s > LONGEST_WAIT_S:
                message = f"Telegram просит подождать {held_s:.0f} с."
                raise UnavailableError(message)
            await asyncio.sleep(max(wait_s, held_s))
            wait_s = 0.0


def _chat(conversation: Conversation) -> int:
    """The chat's number. Python's int() accepts more: a telephone number would be another person's chat."""
    value = conversation.address.value
    if not (value.isascii() and value.isdigit()):
        raise UndeliverableError("Адрес в Telegram — номер чата: писать можно только тем, кто сам написал боту.")
    return int(value)


def offering(records: Sequence[StoredEvent]) -> int:
    """The record whose choices are shown, 0 for none."""
    return next((record.id for record in reversed(records) if isinstance(record.entry, Message) and record.entry.choices), 0)


def keyboard(conversation: int, record: int, choices: Sequence[str]) -> InlineKeyboardMarkup:
    """Buttons under a message. Button data have at most 64 bytes, so they name the choice by its place in the journal."""
    return InlineKeyboardMarkup(inline_keyboard=[
        [InlineKeyboardButton(text=button.label, callback_data=f"{conversation}:{record}:{button.index}") for button in row]
        for row in rows(choices, LABEL_LIMIT)])


def choice_of(data: str) -> tuple[int, int, int] | None:
    """Conversation, record and index of the choice that a button names; None for a foreign button."""
    parts = data.split(":")
    if len(parts) != 3 or not all(part.isascii() and part.isdigit() and len(part) < 20 for part in parts):  # noqa: PLR2004 - three of 63 bits
        return None
    conversation, record, index = map(int, parts)
    return conversation, record, index
