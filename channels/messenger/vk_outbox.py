"""Outgoing messages of VK: split to its limit, rate limited, and sent once, since VK recognises a repeated `random_id`."""

import hashlib
from collections import OrderedDict
from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec
from vkbottle.tools.keyboard import Keyboard, Text

from channels.messenger.message_format import Button, cut, joined, rows
from channels.messenger.outbox_state import OutboxState
from channels.messenger.rate_limit import SendRate
from channels.messenger.vk_api import VkApi
from hub.conversations.conversation import Conversation
from hub.conversations.delivery_status import Delivery, Receipt, Ticket
from hub.conversations.journal import StoredEvent
from hub.conversations.ports import Store
from hub.intake.ports import Intake
from hub.kernel.errors import UnavailableError

TEXT_LIMIT, LABEL_LIMIT, PAYLOAD_LIMIT = 4096, 40, 255
MOST_BUTTONS, MOST_ROWS = 10, 6
"""Limits of an inline keyboard."""
CHAT, OVERALL = SendRate(2, burst=5), SendRate(20, burst=20)
"""A community's key permits 20 requests a second."""
SALTS = 8
KEPT_CHATS, KEPT_UNREAD = 1000, 100


class Outbox:
    def __init__(self, channel: str, api: VkApi, intake: Intake, store: Store, *, limited: bool) -> None:
        self._channel, self._api, self._intake, self._store = channel, api, intake, store
        self._outgoing = OutboxState("VK", CHAT, OVERALL, limited=limited)
        self.chat = self._outgoing.chat
        self._unread: OrderedDict[int, list[int]] = OrderedDict()
        """Ids of messages that a citizen has not read yet, oldest first."""

    async def send(self, conversation: Conversation, records: Sequence[StoredEvent]) -> None:
        """Raises UnavailableError, UndeliverableError or StoreError; a retry continues with the failed part."""
        peer, record = self._outgoing.opened(conversation), records[0].id
        texts, keyboard = _parts(records)
        sent = self._outgoing.sent(record)
        for text in texts[len(sent):]:
            message = await self._post(peer, text, keyboard if len(sent) == len(texts) - 1 else "", record, sent)
            sent.append(str(message))
            self._wait_for_reading(peer, message)
            await self._store.put(Ticket(self._key(message), conversation.id, record, datetime.now(UTC)))

    async def read(self, peer: int, upto: int) -> None:
        """The citizen has read everything up to a message."""
        unread = self._unread.pop(peer, [])
        self._unread[peer] = [message for message in unread if message > upto]
        for message in sorted({*(message for message in unread if message <= upto), upto}):
            ticket = await self._store.get(Ticket, self._key(message))
            if ticket is not None:
                await self._intake.delivered(Receipt(ticket.conversation, ticket.record, Delivery.READ))

    async def _post(self, peer: int, text: str, keyboard: str, record: int, sent: Sequence[str]) -> int:
        for salt in range(SALTS):
            random_id = random_id_of(record, len(sent), salt)
            message = await self._outgoing.paced(peer, lambda random_id=random_id: self._api.post(peer, text, keyboard, random_id))  # type: ignore[misc]
            ticket = await self._store.get(Ticket, self._key(message))
            if str(message) not in sent and (ticket is None or ticket.record == record):
                return message
            # Another message of this hour has the same 32 bits: VK returned its id and sent nothing.
        raise UnavailableError("VK принимает сообщение за уже отправленное")

    def _wait_for_reading(self, peer: int, message: int) -> None:
        unread = self._unread.setdefault(peer, [])
        self._unread.move_to_end(peer)
        unread.append(message)
        del unread[:-KEPT_UNREAD]
        if len(self._unread) > KEPT_CHATS:
            self._unread.popitem(last=False)

    def _key(self, message: int) -> str:
        return f"{self._channel}:{message}"


def random_id_of(record: int, part: int, salt: int) -> int:
    """Equal for the same part of a message in every run of the hub: 31 bits, never 0, which means no key."""
    digest = hashlib.blake2b(f"{record}:{part}:{salt}".encode(), digest_size=4).digest()
    return int.from_bytes(digest) >> 1 or 1


def _parts(records: Sequence[StoredEvent]) -> tuple[list[str], str]:
    said = joined(records)
    lines = rows(said.choices, LABEL_LIMIT, most=MOST_BUTTONS)[:MOST_ROWS]
    shown = {button.index for line in lines for button in line}
    others = "".join(f"\n• {choice}" for index, choice in enumerate(said.choices) if index not in shown)
    files = "".join(f"\n[Файл «{each.name}» в VK не отправляется]" for each in said.attachments)
    return cut(said.text + others + files, TEXT_LIMIT), _keyboard(lines, said.choices) if lines else ""


def _keyboard(lines: Sequence[Sequence[Button]], choices: Sequence[str]) -> str:
    keyboard = Keyboard(inline=True)
    for number, line in enumerate(lines):
        if number:
            keyboard.row()
        for button in line:
            keyboard.add(Text(button.label, payload=_payload(choices[button.index])))
    return keyboard.get_json()


def _payload(choice: str) -> str:
    """The press returns the whole choice, however short its label; a very long one is truncated."""
    while len(payload := msgspec.json.encode({"choice": choice}).decode()) > PAYLOAD_LIMIT:
        choice = choice[:-1]
    return payload
