"""A current call: executes the actions of call.py, in order.

Asterisk executes one command at a time for a caller, so playback to the caller is one task; it is cancelled when another command is due.
"""

import asyncio
import logging
from asyncio import Task
from collections.abc import AsyncGenerator, Coroutine
from contextlib import aclosing, suppress
from pathlib import Path
from typing import Protocol

from channels.voice.agi import FailedError, HungUpError, Session
from channels.voice.answers import Answer, joined
from channels.voice.call import step
from channels.voice.call_actions import Deed
from channels.voice.call_audio import CallAudio
from channels.voice.call_events import (
    Chosen,
    Continued,
    Dropped,
    Event,
    Failed,
    Forgotten,
    Heard,
    Held,
    HungUp,
    Interrupted,
    Missed,
    Parted,
    Pressed,
    RoomLeft,
    Silence,
    Spoken,
)
from channels.voice.call_sound import (
    Await,
    AwaitKey,
    Confer,
    Doing,
    HangUp,
    Hold,
    Join,
    Listen,
    Music,
    Nothing,
    Play,
    Think,
    doing,
    streamed,
)
from channels.voice.call_state import Call, Robot
from channels.voice.media.link import MediaLinks
from channels.voice.media.stream import MediaLostError, Stream
from channels.voice.shared_files import forget
from hub.conversations.address import E164, Address
from hub.kernel.errors import UnavailableError

log = logging.getLogger(__name__)

LISTENS_S, HUSH_S = 15, 3
"""Maximum speech to the robot, and the silence that ends it (or means none): where Asterisk records it."""
BEGINS_S, CHOOSES_S = 7, 4
"""Time to begin to speak, where the media process listens: to the robot, and to answer the offer of a callback."""
FAULTS = 3
"""Errors of the hub in one call; after that the dial plan takes over."""
LINK_S = 3
"""Time for the link to tell that a centre gives back a call on which it has hung up."""
GRADE_S = 7
"""Wait for the key of a CSAT grade."""
AGAIN_S = 0.1
OURS = "D"
"""The key that stops listening from the hub's side: Asterisk knows it, telephones do not have it (RFC 4733 3.2)."""
SAMPLES = 8000
SILENT_S = 1.4
"""Asterisk keeps one second of the silence that ends a recording; a word takes 0.4 s at least."""
JOINED_AS, JOINED = "BRIDGERESULT", "SUCCESS"
"""The channel's variable with the result of Bridge."""
GUEST = "default_bridge", "okno_guest"
"""The conference profile of guests, who are released when the operator leaves (docker/asterisk/etc/confbridge.conf)."""


class CallHost(Protocol):
    """The part of the exchange that a call needs."""

    name: str
    hold_s: float
    """Music in line between two announcements of the place."""

    @property
    def media(self) -> MediaLinks | None:
        """The media processes, where the sound of calls with the robot is streamed."""

    def sounds(self, text: str, *, slow: bool) -> AsyncGenerator[str, None]:
        """The files of a text, each as soon as it is there; raises UnavailableError."""

    async def stop(self, channel: str) -> None:
        """Stop the sound of a channel."""

    async def press(self, channel: str) -> None:
        """Simulate a key of the caller: ends listening."""

    async def let_out(self, channel: str, room: str) -> None:
        """Take a channel out of a room."""

    async def complete(self, content: bytes) -> bool:
        """Whether the content of a WAV file is a whole sentence."""

    async def heard(self, line: "CallRunner", content: bytes) -> Heard | Continued | Chosen | Silence:
        """The caller has spoken: the content of a WAV file."""

    def dropped(self, line: "CallRunner") -> None:
        """The session is over, and the caller may be still on the line."""

    def failed(self, line: "CallRunner", error: Exception) -> None:
        """Count and log an error of a call."""

    def recording(self, line: "CallRunner") -> Path:
        """The path of the next recording, without its extension."""

    def tape(self, line: "CallRunner") -> tuple[str, ...]:
        """MixMonitor's arguments for a new talk."""

    async def taped(self, line: "CallRunner") -> None:
        """The talk is over, the caller's channel still there."""

    def do(self, line: "CallRunner", deed: Deed) -> None: ...


class CallRunner:
    """`key` is the call's id, unique in the country; the caller's messages are numbered with it."""

    def __init__(self, exchange: CallHost, session: Session, address: Address, key: str, *, listens: bool, opens: bool = False,
                 notice: str = "") -> None:
        """`opens` where the greeting comes first."""
        self.exchange, self.session, self._listens = exchange, session, listens
        self.address, self.key = address, key
        self.conversation = 0
        media = exchange.media if listens else None
        self.call = Call(notice=notice, reachable=E164.fullmatch(address.value) is not None, by_word=media is not None,
                         opens=listens and opens, handed=address.is_remote)
        self.said = 0
        """The number of the caller's messages."""
        self._audio = CallAudio(media, session, self)
        self._changed = asyncio.Event()
        self._busy = False
        """Whether a long-running command is in progress."""
        self._faults = 0
        self._lost: Exception | None = None
        """The fatal error of this call."""
        self.gone, self.over = False, asyncio.Event()
        """Whether Asterisk has told of the hang-up; and the end of the session."""

    @property
    def channel(self) -> str:
        return self.session.channel

    @property
    def uniqueid(self) -> str:
        return self.session.uniqueid

    async def was_joined(self) -> bool:
        """Whether the caller has talked to an operator already: it ended while the hub was down."""
        return await self.session.get_variable(JOINED_AS) == JOINED

    def happened(self, *events: Event) -> None:
        """Process events, and run the resulting actions."""
        before = doing(self.call)
        for event in events:
            if isinstance(event, Pressed):
                self._audio.keyed()
            self.call, deeds = step(self.call, event)
            for deed in deeds:
                self.exchange.do(self, deed)
        # All waiting callers get every move of a line, several a second: wake up only for an audible change.
        if doing(self.call) != before:
            self._changed.set()

    def began(self) -> None:
        """channels.voice.media.stream.Listener."""
        self.happened(Interrupted())

    async def complete(self, sound: bytes) -> bool:
        return await self.exchange.complete(sound)

    def lose(self, error: Exception) -> None:
        """A fatal error: `run` raises it, and the dial plan takes over."""
        self._lost = error
        self._changed.set()

    async def run(self) -> None:
        """Runs until the end of the call. Raises fatal errors: then the caller is still on the line, and no leave is reported.

        So it is at the end of a talk until Asterisk tells of the hang-up: the operator may have transferred the caller by telephone.
        """
        try:
            while not isinstance(doing(self.call), Nothing):
                self._changed.clear()
                await self._attempt(doing(self.call))
                self._check()
        except HungUpError:
            if isinstance(doing(self.call), Join | Confer) and not self.gone:
                self._drop()
        except Exception:
            self._drop()
            raise
        finally:
            self._audio.release()
            self.happened(HungUp())

    def _drop(self) -> None:
        self.happened(Dropped())
        self.exchange.dropped(self)

    def _check(self) -> None:
        if self._lost is not None:
            raise self._lost

    async def _attempt(self, now: Doing) -> None:
        """The caller hears of an error and gets an operator; only the last of several ends the call."""
        try:
            await self._until_changed(now)
        except HungUpError:
            raise
        except Exception as error:
            self.exchange.failed(self, error)
            self._faults += 1
            if self._faults >= FAULTS:
                raise
            self.happened(Failed())

    async def _until_changed(self, now: Doing) -> None:
        """Run it to its end, or until another sound is due."""
        task = asyncio.create_task(self._do(now))
        try:
            while not task.done() and doing(self.call) == now and self._lost is None:
                await self._either(task)
                self._changed.clear()
            if not task.done():
                await self._break_off(now, task)
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError, HungUpError):
                await task
        if not task.cancelled() and (event := task.result()) is not None and doing(self.call) == now:
            self.happened(event)

    async def _either(self, task: Task[Event | None]) -> None:
        change = asyncio.create_task(self._changed.wait())
        await asyncio.wait((task, change), return_when=asyncio.FIRST_COMPLETED)
        change.cancel()

    async def _break_off(self, now: Doing, task: Task[Event | None]) -> None:
        # Repeated: the command may not have started in Asterisk yet, and then there is nothing to stop.
        while not task.done() and self._busy:
            match now:
                case Play():
                    await self.exchange.stop(self.channel)
                case Listen() | AwaitKey():
                    # Usually the caller's own key has ended it. Ours in addition could swallow their next one.
                    await asyncio.wait((task,), timeout=AGAIN_S)
                    if not task.done():
                        await self.exchange.press(self.channel)
                case Confer(room=room):
                    await self.exchange.let_out(self.channel, room)
                case _:
                    pass  # the operator's end is put down or taken away, and the connection ends with it
            await asyncio.wait((task,), timeout=AGAIN_S)

    async def _do(self, now: Doing) -> Event | None:
        if self._audio.usable and streamed(self.call) and isinstance(now, Play | Listen | Think):
            try:
                return await self._streamed(now, await self._audio.stream())
            except MediaLostError as error:
                await self._audio.give_up()
                if self.session.over:
                    raise HungUpError(self.channel) from error
                log.warning("sound of a call lost: Asterisk records it", extra={"call": self.key, "why": str(error)})
        await self._audio.close()
        return await self._by_asterisk(now)

    async def _streamed(self, now: Play | Listen | Think, stream: Stream) -> Event | None:
        match now:
            case Play(text=text, slow=slow):
                return Spoken(await self._audible(stream.tell(self.exchange.sounds(text, slow=slow))))
            case Listen():
                sound = await stream.utterance(BEGINS_S if isinstance(self.call.where, Robot) else CHOOSES_S)
                if sound is None:
                    return Silence()
                return await self.exchange.heard(self, sound)
            case Think():
                await stream.ended()
        return None

    async def _audible(self, playing: Coroutine[None, None, None]) -> bool:
        try:
            await playing
        except (UnavailableError, FailedError) as error:
            log.warning("announcement to a caller not played", extra={"call": self.key, "why": str(error)})
            return False
        return True

    async def _by_asterisk(self, now: Doing) -> Event | None:  # noqa: PLR0911 - one screen shows everything that may be heard
        match now:
            case Play():
                return Spoken(await self._audible(self._play(now)))
            case Listen():
                return await self._listen()
            case AwaitKey():
                answer = await self._held("WAIT FOR DIGIT", GRADE_S * 1000)
                return None if answer.digit else Silence()  # AMI reports keys
            case Music() | Think():
                await self._music()
            case Hold() | Await():
                with suppress(TimeoutError):
                    async with asyncio.timeout(self.exchange.hold_s if isinstance(now, Hold) else LINK_S):
                        await self._music()
                return Held() if isinstance(now, Hold) else Forgotten()
            case Join(leg=leg, recorded=recorded):
                return await self._talk(self._join(leg), recorded=recorded)
            case Confer(room=room, recorded=recorded):
                return await self._talk(self._confer(room), recorded=recorded)
            case HangUp():
                await self.session.hang_up()
                raise HungUpError(self.channel)
            case Nothing():
                pass
        return None

    async def _held(self, verb: str, *arguments: str | int) -> Answer:
        """A long-running command, stopped by other means than a cancellation."""
        self._busy = True
        try:
            return await self.session.command(verb, *arguments)
        finally:
            self._busy = False

    async def _play(self, now: Play) -> None:
        async with aclosing(self.exchange.sounds(now.text, slow=now.slow)) as sounds:
            async for sound in sounds:
                if doing(self.call) != now:
                    break  # a stopped text does not continue with its next piece
                await self._held("CONTROL STREAM FILE", sound, "")

    async def _listen(self) -> Event | None:
        if not self._listens:
            answer = await self._held("WAIT FOR DIGIT", LISTENS_S * 1000)
            return None if answer.digit else Silence()  # listening continues after a key of a number
        recording = self.exchange.recording(self)
        written = recording.with_name(f"{recording.name}.wav")  # a uniqueid of Asterisk has a dot: with_suffix would cut it
        try:
            answer = await self._held(
                "RECORD FILE", str(recording), "wav", f"0123456789*#{OURS}", LISTENS_S * 1000, f"s={HUSH_S}")
            if answer.digit:
                return None  # AMI reports every digit
            if answer.endpos / SAMPLES < SILENT_S:
                return Silence()
            return await self.exchange.heard(self, await asyncio.to_thread(written.read_bytes))
        finally:
            await forget(written)

    async def _music(self) -> None:
        await self.session.music(on=True)
        try:
            await self.session.hung_up()
        finally:
            await self._quiet()
        raise HungUpError(self.channel)

    async def _quiet(self) -> None:
        with suppress(HungUpError):
            await asyncio.shield(self.session.music(on=False))

    async def _talk(self, talk: Coroutine[None, None, Event], *, recorded: bool) -> Event:
        if not recorded:
            return await talk
        try:
            # Not cancellable, as the talk: an interrupted one would be recorded twice in the next talk.
            await self._held("EXEC", "MixMonitor", joined(self.exchange.tape(self)))
        except BaseException:
            talk.close()
            raise
        try:
            return await talk
        finally:
            await self.exchange.taped(self)

    async def _join(self, leg: str) -> Event:
        await self._held("EXEC", "Bridge", leg)
        return Parted(leg) if await self.was_joined() else Missed(leg)

    async def _confer(self, room: str) -> Event:
        await self._held("EXEC", "ConfBridge", joined((room, *GUEST)))
        return RoomLeft(room)
