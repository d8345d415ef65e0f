"""Outgoing messages of VK: split to its limit, rate limited, and sent once, since VK recognises a repeated `random_id`.

Files are uploaded before their message: a picture as a photo, anything else, and a picture that VK refuses, as a document.
"""

import hashlib
import logging
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import partial

import msgspec
from vkbottle.tools.keyboard import Keyboard, Location, OpenLink, Text
from vkbottle.tools.keyboard.action import ABCAction

from channels.messenger.api_errors import FileRefusedError
from channels.messenger.message_format import cut, joined, links, rows, units
from channels.messenger.outbox_state import OutboxState
from channels.messenger.rate_limit import SendRate
from channels.messenger.stored_files import content_of
from channels.messenger.vk_api import KeyboardRefusedError, VkApi
from hub.conversations.conversation import Conversation
from hub.conversations.delivery_status import Delivery, Receipt, Ticket
from hub.conversations.journal import StoredEvent
from hub.conversations.message import Attachment
from hub.conversations.ports import Store
from hub.intake.ports import Intake
from hub.kernel.errors import UnavailableError, UndeliverableError
from hub.kernel.ports import Files

log = logging.getLogger(__name__)

TEXT_LIMIT, LABEL_LIMIT, PAYLOAD_LIMIT = 4096, 40, 255
MOST_BUTTONS, MOST_ROWS = 10, 6
"""Limits of an inline keyboard."""
CHAT, OVERALL = SendRate(2, burst=5), SendRate(20, burst=20)
"""A community's key permits 20 requests a second."""
PHOTOS, PHOTO_LIMIT = frozenset({"image/jpeg", "image/png"}), 50 << 20
"""Types and bytes of a photo (dev.vk.com/api/upload/photo-in-message); a GIF as a photo would not move."""
MOST_FILES = 10
"""Files of one message (dev.vk.com/method/messages.send)."""
SALTS = 8
KEPT_CHATS, KEPT_UNREAD = 1000, 100


class Part(msgspec.Struct, frozen=True):
    """One message of VK. `spelt` are the choices in words, for a community that may send no keyboard."""

    text: str
    files: tuple[Attachment, ...] = ()
    keyboard: str = ""
    spelt: str = ""


class Outbox:
    def __init__(self, channel: str, api: VkApi, intake: Intake, store: Store, files: Files, *, place_button: bool, limited: bool) -> None:
        self._channel, self._api, self._intake, self._store, self._files = channel, api, intake, store, files
        self._place_button = place_button
        self._outgoing = OutboxState("VK", CHAT, OVERALL, limited=limited)
        self.chat = self._outgoing.chat
        self._unread: OrderedDict[int, list[int]] = OrderedDict()
        """Ids of messages that a citizen has not read yet, oldest first."""

    async def send(self, conversation: Conversation, records: Sequence[StoredEvent]) -> None:
        """Raises UnavailableError, UndeliverableError or StoreError; a retry continues with the failed part."""
        peer, record = self._outgoing.opened(conversation), records[0].id
        sent = self._outgoing.sent(record)
        for part in self._parts(records)[len(sent):]:
            message = await self._post(peer, part, record, sent)
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

    async def _post(self, peer: int, part: Part, record: int, sent: Sequence[str]) -> int:
        said = {"message": part.text, "keyboard": part.keyboard, "attachment": await self._uploaded(peer, part.files, record)}
        try:
            return await self._once(peer, said, record, sent)
        except KeyboardRefusedError as error:
            log.warning("VK: keyboard refused: the choices are in the text", extra={"why": str(error)})
            text = part.text + part.spelt if units(part.text + part.spelt) <= TEXT_LIMIT else part.text
            return await self._once(peer, said | {"message": text, "keyboard": ""}, record, sent)

    async def _once(self, peer: int, said: dict[str, str], record: int, sent: Sequence[str]) -> int:
        for salt in range(SALTS):
            random_id = random_id_of(record, len(sent), salt)
            message = await self._outgoing.paced(peer, lambda random_id=random_id: self._api.post(peer, random_id, **said))  # type: ignore[misc]
            ticket = await self._store.get(Ticket, self._key(message))
            if str(message) not in sent and (ticket is None or ticket.record == record):
                return message
            # Another message of this hour has the same 32 bits: VK returned its id and sent nothing.
        raise UnavailableError("VK принимает сообщение за уже отправленное")

    async def _uploaded(self, peer: int, files: Sequence[Attachment], record: int) -> str:
        """The files' names at VK, as messages.send wants them."""
        return ",".join(await self._outgoing.uploaded(record, files, partial(self._upload, peer)))

    async def _upload(self, peer: int, file: Attachment) -> str:
        content = await content_of(self._files, file)
        if file.type in PHOTOS and file.size <= PHOTO_LIMIT:
            try:
                return await self._outgoing.paced(peer, lambda: self._api.photo(peer, file.name, content))
            except FileRefusedError as error:
                log.info("VK: photo refused: it goes as a document", extra={"why": str(error)})
        try:
            return await self._outgoing.paced(peer, lambda: self._api.document(peer, file.name, content))
        except FileRefusedError as error:
            message = f"VK не принял файл «{file.name}»: {error}"
            raise UndeliverableError(message) from error

    def _wait_for_reading(self, peer: int, message: int) -> None:
        unread = self._unread.setdefault(peer, [])
        self._unread.move_to_end(peer)
        unread.append(message)
        del unread[:-KEPT_UNREAD]
        if len(self._unread) > KEPT_CHATS:
            self._unread.popitem(last=False)

    def _key(self, message: int) -> str:
        return f"{self._channel}:{message}"

    def _parts(self, records: Sequence[StoredEvent]) -> list[Part]:
        said = joined(records)
        if not (said.text or said.attachments):
            return []
        pages, places = links(said.text, LABEL_LIMIT), [Location()] if self._place_button and said.choices else []
        others = len(pages) + len(places)
        lines = rows(said.choices, LABEL_LIMIT, most=MOST_BUTTONS - others)[:MOST_ROWS - others]
        actions: list[list[ABCAction]] = [
            [Text(button.label, payload=_payload(said.choices[button.index])) for button in line] for line in lines]
        actions += [[OpenLink(page.url, page.label)] for page in pages]
        actions += [[place] for place in places]
        shown = {button.index for line in lines for button in line}
        hidden = _spelt(choice for index, choice in enumerate(said.choices) if index not in shown)
        groups = [said.attachments[start:start + MOST_FILES] for start in range(0, len(said.attachments), MOST_FILES)] or [()]
        texts = cut(said.text + hidden, TEXT_LIMIT) or [""]
        last = Part(texts[-1], groups[0], _keyboard(actions), _spelt(said.choices[index] for index in sorted(shown)))
        return [*map(Part, texts[:-1]), last, *(Part("", group) for group in groups[1:])]


def random_id_of(record: int, part: int, salt: int) -> int:
    """Equal for the same part of a message in every run of the hub: 31 bits, never 0, which means no key."""
    digest = hashlib.blake2b(f"{record}:{part}:{salt}".encode(), digest_size=4).digest()
    return int.from_bytes(digest) >> 1 or 1


def _spelt(choices: Iterable[str]) -> str:
    return "".join(f"\n• {choice}" for choice in choices)


def _keyboard(actions: Sequence[Sequence[ABCAction]]) -> str:
    """A row for each sequence; "" without any."""
    keyboard = Keyboard(inline=True)
    for number, line in enumerate(actions):
        if number:
            keyboard.row()
        for action in line:
            keyboard.add(action)
    return keyboard.get_json() if actions else ""


def _payload(choice: str) -> str:
    """The press returns the whole choice, however short its label; a very long one is truncated."""
    while len(payload := msgspec.json.encode({"choice": choice}).decode()) > PAYLOAD_LIMIT:
        choice = choice[:-1]
    return payload
