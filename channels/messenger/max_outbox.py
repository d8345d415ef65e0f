"""Outgoing messages of MAX: split to its limit, rate limited, and not sent twice as far as that can be known.

MAX has no idempotency key. Where it is unknown whether a message was accepted, or whether another run of the hub has sent it, the hub
reads the dialogue: a message that is already there is not sent again.

Pictures, sounds and films go with the text. A file goes alone: MAX takes one in a message, and nothing else but a keyboard beside it.
"""

import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial

import msgspec
from maxapi.enums.attachment import AttachmentType
from maxapi.enums.upload_type import UploadType
from maxapi.types.attachments import (
    AttachmentButton,
    ButtonsPayload,
    CallbackButton,
    InlineButtonUnion,
    LinkButton,
    RequestContactButton,
    RequestGeoLocationButton,
)
from maxapi.types.attachments.upload import AttachmentPayload, AttachmentUpload
from pydantic import BaseModel

from channels.messenger.api_errors import DoubtfulError, FileRefusedError
from channels.messenger.max_api import MaxApi, NotReadyError, Written
from channels.messenger.message_format import cut, joined, links, rows
from channels.messenger.outbox_state import OutboxState
from channels.messenger.rate_limit import SendRate
from channels.messenger.stored_files import content_of
from hub.conversations.conversation import Conversation
from hub.conversations.delivery_status import Ticket
from hub.conversations.journal import StoredEvent
from hub.conversations.message import Attachment
from hub.conversations.ports import Store
from hub.kernel.errors import UndeliverableError
from hub.kernel.ports import Files
from hub.kernel.retry import retry

log = logging.getLogger(__name__)

TEXT_LIMIT = 3999
"""maxapi and MAX accept less than 4000 characters."""
LABEL_LIMIT, PAYLOAD_LIMIT, MOST_BUTTONS = 64, 256, 25
"""A keyboard has 30 rows: three are left for pages, two for number and place."""
IMAGES, IMAGE_LIMIT = frozenset({"image/jpeg", "image/png", "image/gif", "image/bmp", "image/tiff", "image/heic"}), 50 << 20
"""Types and bytes of a picture (dev.max.ru/docs-api/methods/POST/uploads)."""
MOST_MEDIA = 10
"""Pictures, sounds and films of one message. MAX states no limit; its clients take ten."""
NOT_READY_PAUSES_S = (0.5, 1, 2, 4, 8)
"""MAX advises to repeat a message with an unfinished file after growing pauses."""
CHAT, OVERALL = SendRate(2, burst=10), SendRate(30, burst=30)
"""The API accepts 30 requests a second. The limit of a dialogue is our own, since MAX states none: nobody reads faster."""
OLD_S = 5.0
"""A message that is older at its first sending may have been sent before a restart."""
SKEW_S = 60.0
"""Maximum difference of the clocks of MAX and the hub."""
LOOKED_AT = 30


_CARRIED = frozenset(UploadType)


class Buttons(msgspec.Struct, frozen=True):
    """Labels of the buttons below choices by which a citizen shares their number or place, "" for none."""

    contact: str = ""
    place: str = ""


class Part(msgspec.Struct, frozen=True):
    """One message of MAX."""

    text: str
    files: tuple[Attachment, ...] = ()
    keyboard: tuple[AttachmentButton, ...] = ()


class Outbox:
    def __init__(self, channel: str, api: MaxApi, store: Store, files: Files, buttons: Buttons, *, limited: bool) -> None:
        self._channel, self._api, self._store, self._files, self._buttons = channel, api, store, files, buttons
        self._outgoing = OutboxState("MAX", CHAT, OVERALL, limited=limited)
        self.chat = self._outgoing.chat
        self._doubtful: set[int] = set()

    async def send(self, conversation: Conversation, records: Sequence[StoredEvent]) -> None:
        """Raises UnavailableError, UndeliverableError or StoreError; a retry continues with the failed part."""
        chat, record = self._outgoing.opened(conversation), records[0]
        sent = self._outgoing.sent(record.id)
        for part in self._parts(records)[len(sent):]:
            mid = await self._there_already(chat, part, record, sent)
            if not mid:
                mid = await self._post(chat, part, record.id)
            sent.append(mid)
            await self._store.put(Ticket(f"{self._channel}:{mid}", conversation.id, record.id, datetime.now(UTC)))
        self._doubtful.discard(record.id)

    def _parts(self, records: Sequence[StoredEvent]) -> list[Part]:
        said = joined(records)
        media = [each for each in said.attachments if _kind(each) is not UploadType.FILE]
        papers = [Part("", (each,)) for each in said.attachments if _kind(each) is UploadType.FILE]
        groups = [tuple(media[start:start + MOST_MEDIA]) for start in range(0, len(media), MOST_MEDIA)]
        texts = cut(said.text, TEXT_LIMIT)
        if not texts:
            return [*(Part("", group) for group in groups), *papers]
        last = Part(texts[-1], groups[0] if groups else (), self._keyboard(said.text, said.choices))
        return [*map(Part, texts[:-1]), last, *(Part("", group) for group in groups[1:]), *papers]

    def _keyboard(self, text: str, choices: Sequence[str]) -> tuple[AttachmentButton, ...]:
        """The press returns the whole choice, however short its label; a very long one is truncated."""
        lines: list[list[InlineButtonUnion]] = [
            [CallbackButton(text=button.label, payload=choices[button.index][:PAYLOAD_LIMIT]) for button in row]
            for row in rows(choices, LABEL_LIMIT, most=MOST_BUTTONS)]
        lines += [[LinkButton(text=page.label, url=page.url)] for page in links(text, LABEL_LIMIT)]
        if choices and self._buttons.contact:
            lines.append([RequestContactButton(text=self._buttons.contact)])
        if choices and self._buttons.place:
            lines.append([RequestGeoLocationButton(text=self._buttons.place)])
        return (AttachmentButton(type=AttachmentType.INLINE_KEYBOARD, payload=ButtonsPayload(buttons=lines), bot=None),) if lines else ()

    async def _post(self, chat: int, part: Part, record: int) -> str:
        attachments: list[BaseModel] = [*await self._uploaded(chat, part.files, record), *part.keyboard]
        try:
            return await retry(lambda: self._outgoing.paced(chat, lambda: self._api.post(chat, part.text, attachments)),
                               NOT_READY_PAUSES_S, NotReadyError, lambda _error, _attempt: None)
        except DoubtfulError:
            self._doubtful.add(record)
            raise
        except UndeliverableError:
            self._doubtful.discard(record)
            raise

    async def _uploaded(self, chat: int, files: Sequence[Attachment], record: int) -> list[AttachmentUpload]:
        """The files as POST /messages wants them."""
        tokens = await self._outgoing.uploaded(record, files, partial(self._upload, chat))
        both = zip(files, tokens, strict=True)
        return [AttachmentUpload(type=_kind(each), payload=AttachmentPayload(token=token)) for each, token in both]

    async def _upload(self, chat: int, file: Attachment) -> str:
        content = await content_of(self._files, file)
        try:
            return await self._outgoing.paced(chat, lambda: self._api.upload(_kind(file), file.name, content))
        except FileRefusedError as error:
            message = f"MAX не принял файл «{file.name}»: {error}"
            raise UndeliverableError(message) from error

    async def _there_already(self, chat: int, part: Part, record: StoredEvent, sent: Sequence[str]) -> str:
        """The id of a part that is in the dialogue without a ticket; "" if there is none."""
        age_s = datetime.now(UTC).timestamp() - record.entry.at.timestamp()
        if record.id not in self._doubtful and age_s < OLD_S:
            return ""
        since_ms = (record.entry.at.timestamp() - SKEW_S) * 1000
        for written in await self._last(chat):
            mid = _ours(written, part, since_ms)
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


def _ours(written: Written, part: Part, since_ms: float) -> str:
    if written.body is None or written.sender is None or not written.sender.is_bot or written.timestamp < since_ms:
        return ""
    there = sorted((each.type, each.size) for each in written.body.attachments or () if each.type in _CARRIED)
    wanted = sorted((_kind(each), each.size if _kind(each) is UploadType.FILE else 0) for each in part.files)
    return written.body.mid if (written.body.text or "").split() == part.text.split() and there == wanted else ""


def _kind(file: Attachment) -> UploadType:
    if file.type in IMAGES and file.size <= IMAGE_LIMIT:
        return UploadType.IMAGE
    return {"video": UploadType.VIDEO, "audio": UploadType.AUDIO}.get(file.type.partition("/")[0], UploadType.FILE)
