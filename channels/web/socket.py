"""One citizen's chat socket: frames in, frames out."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from time import monotonic

import msgspec
from aiohttp import WSMsgType, web

from channels.uploads import Uploads
from channels.web.frame_cache import FrameCache, frame
from channels.web.frames import (
    ErrorFrame,
    FileFrame,
    FromCitizen,
    Leave,
    Say,
    Seen,
    SeenFrame,
    StateFrame,
    StoredFrame,
    Typing,
    TypingFrame,
)
from hub.conversations.citizen_left import kept_place
from hub.conversations.conversation import Conversation, InQueue, Promised, WithOperator, seen_holder
from hub.conversations.journal import StoredEvent
from hub.conversations.live_signals import Checked, LiveSignal, Moved, OperatorSaw, OperatorTyping
from hub.conversations.ports import Incoming, Stored
from hub.conversations.verification_level import Proven, proven
from hub.intake.ports import Intake
from hub.kernel.errors import OknoError, RefusedError, StoreError
from hub.kernel.rate_limits import Bucket, Rate
from hub.kernel.web.bodies import UNREADABLE
from hub.kernel.web.socket_writer import WebSocketWriter, pong_frame

TEXT_LIMIT, FILES_LIMIT = 8000, 10
FAREWELL_S = 1.0
"""A client that has not taken the close frame by then is disconnected."""

TURN = 20
"""Frames of one socket before others run: received frames are processed without a pause."""
FRAMES = Rate(600, 1200)
"""Frames of any kind, pings included; no page sends so many."""

TOO_LONG = ErrorFrame("too_long", f"Сообщение длиннее {TEXT_LIMIT} знаков.")

_decode = msgspec.json.Decoder(FromCitizen).decode


class ChatSocketResponse(web.WebSocketResponse):
    """Gives a reason when it closes because of an oversized frame. The reader answers pings, so they are counted."""

    def __init__(self, most: int) -> None:
        # Compression costs more than it saves on short frames.
        super().__init__(compress=False, max_msg_size=most, autoping=False)

    async def close(self, *, code: int = 1000, message: bytes = b"", drain: bool = True) -> bool:
        if code == 1009 and not self.closed:  # noqa: PLR2004 - RFC 6455 §7.4.1: message too big
            await self.send_str(msgspec.json.encode(TOO_LONG).decode())
        return await super().close(code=code, message=message, drain=drain)


class ChatSocket:
    """Feeds one socket. During the replay of the past, new frames wait."""

    def __init__(self, response: web.WebSocketResponse, transport: asyncio.Transport, conversation: Conversation,
                 intake: Intake, frames: FrameCache, rate: Rate | None, source: str, *, trusted: bool) -> None:
        """`trusted` is a page of our own, or of a configured site: other sites cannot start a proof of identity."""
        self._response, self._transport = response, transport
        self.conversation, self._address = conversation.id, conversation.address
        self._intake, self._frames, self._source, self._trusted = intake, frames, source, trusted
        self._bucket = Bucket(rate, monotonic()) if rate else None
        self._frame_bucket = Bucket(FRAMES, monotonic()) if rate else None
        self._outgoing = WebSocketWriter(transport)
        self.push = self._outgoing.push
        self._waiting: list[StoredEvent] | None = []
        self._replayed = 0
        """The newest record of the replay. It may be on the disk before the hub is notified."""

    async def serve(self, after: int, uploads: Uploads) -> None:
        """Replay unseen records, then continue until the socket closes."""
        await self._replay(after)
        taken = 0
        async for message in self._response:
            if (taken := taken + 1) % TURN == 0:
                await asyncio.sleep(0)
            if self._frame_bucket is not None and self._frame_bucket.spend(monotonic()):
                await self._response.close(code=1008, message=b"too many frames")  # RFC 6455 §7.4.1: a policy
                return
            match message.type:
                case WSMsgType.TEXT:
                    await self._take(message.data, uploads)
                case WSMsgType.PING:
                    self.push(pong_frame(message.data))
                case WSMsgType.PONG:
                    pass
                case _:
                    self._wrong(RefusedError("bad_frame", "Ожидается текст JSON."))

    async def _take(self, text: str, uploads: Uploads) -> None:
        try:
            received = _decode(text)
        except UNREADABLE as error:
            self._wrong(RefusedError("bad_frame", f"Кадр не понят: {error}"))
            return
        try:
            await self._handle(received, uploads)
        except RefusedError as error:
            self._wrong(error, received.key if isinstance(received, Say) else "")

    async def _handle(self, received: FromCitizen, uploads: Uploads) -> None:
        """Raises RefusedError for a forbidden frame."""
        match received:
            case Say(key=key, text=text, files=files):
                self._check(text, files)
                attachments = await uploads.attachments(self.conversation, files) if files else ()
                self._intake.accept(Incoming(self._address, key, text, attachments), partial(self._accepted, key))
            case Typing():
                self._intake.typing(self.conversation)
            case Seen(id=number):
                self._intake.seen(self.conversation, int(number))
            case Leave():
                await self._leave()

    async def _leave(self) -> None:
        try:
            await self._intake.left(self._address)
        except StoreError:
            raise RefusedError("not_stored", "Не получилось завершить: повторите чуть позже.") from None

    def _check(self, text: str, files: Sequence[str]) -> None:
        self._intake.admit(self._address, self._source)
        if self._bucket is not None and (wait_s := self._bucket.spend(monotonic())):
            raise RefusedError("too_fast", f"Слишком часто: повторите через {wait_s:.0f} с.")
        if len(text) > TEXT_LIMIT:
            raise RefusedError(TOO_LONG.code, TOO_LONG.text)
        if len(files) > FILES_LIMIT:
            raise RefusedError("too_many_files", f"Не больше {FILES_LIMIT} файлов в одном сообщении.")
        if not files and not text.strip():
            raise RefusedError("empty", "Пустое сообщение.")

    def _accepted(self, key: str, outcome: Stored | OknoError) -> None:
        if isinstance(outcome, Stored):
            self.push(frame(StoredFrame(key, str(outcome.id))))
        else:
            self._wrong(RefusedError("not_stored", "Сообщение не сохранено: повторите чуть позже."), key)

    async def _replay(self, after: int) -> None:
        past = await self._intake.transcript(self.conversation, after)
        self._outgoing.replay([self._frames.message(record) for record in past])
        self._replayed = past[-1].id if past else 0
        waiting, self._waiting = self._waiting, None
        self._show_new([record for record in waiting or () if record.id > after])
        self.signal(await self._intake.standing(self.conversation))

    def show(self, records: Sequence[StoredEvent], frames: bytes) -> None:
        """New records, with their encoded frames."""
        if self._waiting is not None:
            self._waiting += records
        elif records[0].id > self._replayed:
            self.push(frames)
        else:
            self._show_new(records)

    def _show_new(self, records: Sequence[StoredEvent]) -> None:
        for record in records:
            if record.id > self._replayed:
                self.push(self._frames.message(record))

    def signal(self, signal: LiveSignal) -> None:
        match signal:
            case OperatorTyping():
                self.push(frame(TypingFrame()))
            case Checked(file=file, state=state):
                self.push(frame(FileFrame(file, state)))
            case OperatorSaw(id=number):
                self.push(frame(SeenFrame(str(number))))
            case Moved() if self._waiting is not None:
                pass  # the replay ends with the current state
            case Moved(head=head, place=place, operator=operator, read=read):
                holder = "queue" if head.danger and isinstance(head.holder, Promised) else seen_holder(head.holder)  # danger: no date shown
                self.push(frame(StateFrame(holder, head.number, operator, place, *kept_place(head), self._provable(head))))
                if read:
                    self.push(frame(SeenFrame(str(read))))

    def _provable(self, head: Conversation) -> bool:
        """The robot discloses no personal cases: a proof is offered to citizens who wait for or talk to an operator."""
        engaged = isinstance(head.holder, InQueue | WithOperator) and proven(head.verification, datetime.now(UTC)) < Proven.ACCOUNT
        return engaged and self._trusted and self._intake.provable(head)

    async def hang_up(self) -> None:
        """Ask the client to reconnect later."""
        try:
            async with asyncio.timeout(FAREWELL_S):
                await self._response.close(code=1001, message=b"restart")  # RFC 6455 §7.4.1: going away
        except TimeoutError:
            self._transport.abort()

    def _wrong(self, error: RefusedError, key: str = "") -> None:
        self.push(frame(ErrorFrame(error.code, error.text, key)))
