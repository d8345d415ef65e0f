"""Outgoing messages of MAX: split to its limit, rate limited, and not sent twice as far as that can be known.

MAX has no idempotency key. Where it is unknown whether a message was accepted, or whether another run of the hub has sent it, the hub
reads the dialogue: a message that is already there is not sent again.
"""

import logging
from collections.abc import Sequence
from datetime import UTC, datetime

from maxapi.enums.attachment import AttachmentType
from maxapi.types.attachments import (
    Attachment,
    AttachmentButton,
    ButtonsPayload,
    CallbackButton,
    InlineButtonUnion,
    RequestContactButton,
)

from channels.messenger.api_errors import DoubtfulError
from channels.messenger.max_api import MaxApi, Written
from channels.messenger.message_format import cut, joined, rows
from channels.messenger.outbox_state import OutboxState
from channels.messenger.rate_limit import SendRate
from hub.conversations.conversation import Conversation
from hub.conversations.delivery_status import Ticket
from hub.conversations.journal import StoredEvent
from hub.conversations.ports import Store
from hub.kernel.errors import UndeliverableError

log = logging.getLogger(__name__)

TEXT_LIMIT = 3999
"""maxapi and MAX accept less than 4000 characters."""
LABEL_LIMIT, PAYLOAD_LIMIT, MOST_BUTTONS = 64, 256, 29
CHAT, OVERALL = SendRate(2, burst=10), SendRate(30, burst=30)
"""The API accepts 30 requests a second. The limit of a dialogue is our own, since MAX states none: nobody reads faster."""
OLD_S = 5.0
"""A message that is older at its first sending may have been sent before a restart."""
SKEW_S = 60.0
"""Maximum difference of the clocks of MAX and the hub."""
LOOKED_AT = 30


class Outbox:
    def __init__(self, channel: str, api: MaxApi, store: Store, contact_button: str, *, limited: bool) -> None:
        self._channel, self._api, self._store, self._contact_button = channel, api, store, contact_button
        self._outgoing = OutboxState("MAX", CHAT, OVERALL, limited=limited)
        self.chat = self._outgoing.chat
        self._doubtful: set[int] = set()

    async def send(self, conversation: Conversation, records: Sequence[StoredEvent]) -> None:
        """Raises UnavailableError, UndeliverableError or StoreError; a retry continues with the failed part."""
        chat, record = self._outgoing.opened(conversation), records[0]
        texts, keyboard = self._parts(records)
        sent = self._outgoing.sent(record.id)
        for text in texts[len(sent):]:
            mid = await self._there_already(chat, text, record, sent)
            if not mid:
                mid = await self._post(chat, text, keyboard if len(sent) == len(texts) - 1 else [], record.id)
            sent.append(mid)
            await self._store.put(Ticket(f"{self._channel}:{mid}", conversation.id, record.id, datetime.now(UTC)))
        self._doubtful.discard(record.id)

    def _parts(self, records: Sequence[StoredEvent]) -> tuple[list[str], list[Attachment]]:
        said = joined(records)
        files = "".join(f"\n[Файл «{each.name}» в MAX не отправляется]" for each in said.attachments)
        return cut(said.text + files, TEXT_LIMIT), self._keyboard(said.choices)

    def _keyboard(self, choices: Sequence[str]) -> list[Attachment]:
        """The press returns the whole choice, however short its label; a very long one is truncated."""
        lines: list[list[InlineButtonUnion]] = [
            [CallbackButton(text=button.label, payload=choices[button.index][:PAYLOAD_LIMIT]) for button in row]
            for row in rows(choices, LABEL_LIMIT, most=MOST_BUTTONS)]
        if not lines:
            return []
        if self._contact_button:
            lines.append([RequestContactButton(text=self._contact_button)])
        return [AttachmentButton(type=AttachmentType.INLINE_KEYBOARD, payload=ButtonsPayload(buttons=lines), bot=None)]

    async def _post(self, chat: int, text: str, keyboard: list[Attachment], record: int) -> str:
        try:
            return await self._outgoing.paced(chat, lambda: self._api.post(chat, text, keyboard))
        except DoubtfulError:
            self._doubtful.add(record)
            raise
        except UndeliverableError:
            self._doubtful.discard(record)
            raise

    async def _there_already(self, chat: int, text: str, record: StoredEvent, sent: Sequence[str]) -> str:
        """The id of a part that is in the dialogue without a ticket; "" if there is none."""
        age_s = datetime.now(UTC).timestamp() - record.entry.at.timestamp()
        if record.id not in self._doubtful and age_s < OLD_S:
            return ""
        since_ms = (record.entry.at.timestamp() - SKEW_S) * 1000
        for written in await self._last(chat):
            mid = _ours(written, text, since_ms)
            if mid and mid not in sent and await self._unclaimed(mid, record.id):
                return mid
        return ""

    async def _last(self, chat: int) -> list[Written]:
        """The last messages of a dialogue; none where MAX refuses to show them: a repeated message is better than none."""
        try:
            return await self._api.last(chat, LOOKED_AT)
        except UndeliverableError as error:
            log.warning("MAX: history of a dialogue refused: a repeated message is not detected", extra={"why": str(error)})
            return []

    async def _unclaimed(self, mid: str, record: int) -> bool:
        """Whether no other message of ours has this id: equal texts may be sent twice."""
        ticket = await self._store.get(Ticket, f"{self._channel}:{mid}")
        return ticket is None or ticket.record == record


def _ours(written: Written, text: str, since_ms: float) -> str:
    if written.body is None or written.sender is None or not written.sender.is_bot or written.timestamp < since_ms:
        return ""
    return written.body.mid if (written.body.text or "").split() == text.split() else ""
