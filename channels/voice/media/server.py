"""The media process: Asterisk brings the sound of calls by AudioSocket, hubs say what is played and hear what was said.

AudioSocket has no password, so only allowed addresses are accepted, with the UUID of a call that a hub expects.
A hub that starts this process itself has the other end of its standard input; else hubs connect to a Unix socket.
"""

import asyncio
import logging
import os
import socket
import sys
import wave
from collections.abc import Callable
from pathlib import Path
from typing import cast

import msgspec
import uvloop

from channels.voice.media.audiosocket import FRAME_S, HANG_UP, SOUND, Frame, Frames, call_of, frame
from channels.voice.media.caller import Caller, Told, samples_of
from channels.voice.media.messages import (
    Complete,
    Connected,
    Expect,
    FromHub,
    FromMedia,
    Gone,
    MediaSettings,
    MessageError,
    Messages,
    Ping,
    Play,
    Played,
    Pong,
    Ready,
    Release,
    Stop,
    message,
)
from channels.voice.media.voice_activity import load

LATE_S = 0.06
"""After a longer pause of this process the frames that are overdue are dropped."""
MISSING = 5
"""A telephone that sends nothing for so many frames is silent (it need not send silence)."""
SILENCE = bytes(320)

_log = logging.getLogger(__name__)


class AudioLine(asyncio.Protocol):
    """One connection of Asterisk."""

    def __init__(self, server: "MediaServer") -> None:
        self._server, self._frames = server, Frames()
        self._transport: asyncio.Transport
        self._caller: Caller | None = None
        self._hub: HubLine | None = None
        self._due, self._owed = 0.0, 0
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        if transport.get_extra_info("peername")[0] not in self._server.allowed:
            _log.warning("AudioSocket: connection of %s refused: not an allowed address", transport.get_extra_info("peername"))
            self._transport.abort()

    def data_received(self, data: bytes) -> None:
        for each in self._frames.take(data):
            if self._caller is None:
                self._begin(each)
            elif each.kind == SOUND:
                self._owed = 0
                self._tell(self._caller.hear(each.content))
            elif each.kind == HANG_UP:
                self._transport.close()
            if self._transport.is_closing():
                return

    def connection_lost(self, error: Exception | None) -> None:
        del error
        if self._timer is not None:
            self._timer.cancel()
        if self._caller is not None and self._hub is not None:
            self._hub.lines.pop(self._caller.call, None)
            self._hub.tell(Gone(self._caller.call))

    def play(self, part: int, path: str) -> None:
        assert self._caller is not None and self._hub is not None  # noqa: S101, PT018 - known to the hub since it is connected
        try:
            self._caller.play(part, samples_of(path))
        except (OSError, EOFError, wave.Error) as error:
            self._hub.tell(Played(self._caller.call, part, str(error) or type(error).__name__))

    def stop(self) -> None:
        assert self._caller is not None  # noqa: S101
        self._caller.stop()

    def complete(self, pause: int) -> None:
        assert self._caller is not None  # noqa: S101
        self._caller.complete(pause)

    def release(self) -> None:
        """Asterisk goes on with the dial plan."""
        self._transport.write(frame(HANG_UP))
        self._transport.close()

    def _begin(self, first: Frame) -> None:
        try:
            call = call_of(first)
            hub = self._server.expected.pop(call)
        except (ValueError, KeyError):
            _log.warning("AudioSocket: connection without an expected call refused")
            self._transport.abort()
            return
        self._caller, self._hub, hub.lines[call] = Caller(call), hub, self
        hub.tell(Connected(call))
        self._due = asyncio.get_running_loop().time()
        self._tick()

    def _tick(self) -> None:
        assert self._caller is not None  # noqa: S101
        frames, told = self._caller.speak()
        self._transport.write(frame(SOUND, frames))
        self._tell(told)
        loop = asyncio.get_running_loop()
        if loop.time() - self._due < FRAME_S:  # else sound may have come that is not read yet
            self._owed += 1
            if self._owed > MISSING:
                self._tell(self._caller.hear(SILENCE))
        self._due = max(self._due, loop.time() - LATE_S) + FRAME_S
        self._timer = loop.call_at(self._due, self._tick)

    def _tell(self, told: list[Told]) -> None:
        assert self._hub is not None  # noqa: S101
        for each in told:
            self._hub.tell(each)


class HubLine(asyncio.Protocol):
    """One hub. When it goes, its calls are released."""

    def __init__(self, server: "MediaServer", gone: Callable[[], None]) -> None:
        self._server, self._gone = server, gone
        self._messages: Messages[FromHub] = Messages(FromHub)
        self._transport: asyncio.Transport
        self.lines: dict[str, AudioLine] = {}

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # that of uvloop is no subclass
        self.tell(Ready(self._server.address))

    def data_received(self, data: bytes) -> None:
        try:
            for each in self._messages.take(data):
                self._take(each)
        except MessageError as error:
            _log.error("hub's connection closed: %s", error)
            self._transport.abort()

    def connection_lost(self, error: Exception | None) -> None:
        del error
        for line in [*self.lines.values()]:
            line.release()
        for call in [call for call, hub in self._server.expected.items() if hub is self]:
            del self._server.expected[call]
        self._gone()

    def tell(self, content: FromMedia) -> None:
        if not self._transport.is_closing():
            self._transport.write(message(content))

    def _take(self, asked: FromHub) -> None:
        match asked:
            case Expect(call=call):
                self._server.expected[call] = self
            case Play(call=call, part=part, path=path) if call in self.lines:
                self.lines[call].play(part, path)
            case Stop(call=call) if call in self.lines:
                self.lines[call].stop()
            case Complete(call=call, pause=pause) if call in self.lines:
                self.lines[call].complete(pause)
            case Release(call=call):
                self._server.expected.pop(call, None)
                if call in self.lines:
                    self.lines[call].release()
            case Ping():
                self.tell(Pong())
            case _:
                pass  # the call is gone, and the hub is told


class MediaServer:
    def __init__(self, settings: MediaSettings) -> None:
        self._settings, self.allowed = settings, settings.allowed
        self.address = ""
        self.expected: dict[str, HubLine] = {}
        """Calls that Asterisk will bring, with the hub of each."""

    async def run(self) -> None:
        """Until cancelled, or until the only hub goes."""
        settings = self._settings
        load()
        loop, over = asyncio.get_running_loop(), asyncio.Event()
        host, _, port = settings.address.rpartition(":")
        audio = await loop.create_server(lambda: AudioLine(self), host, int(port))
        self.address = f"{host}:{audio.sockets[0].getsockname()[1]}"
        async with audio:
            if not settings.control:
                await loop.create_connection(lambda: HubLine(self, over.set), sock=socket.socket(fileno=os.dup(0)))
                await over.wait()
                return
            path = Path(settings.control)
            await asyncio.to_thread(path.unlink, missing_ok=True)
            os.umask(0o117)  # the hub's group may connect
            async with await loop.create_unix_server(lambda: HubLine(self, lambda: None), str(path)):
                await over.wait()


if __name__ == "__main__":
    logging.basicConfig(format="media: %(levelname)s %(message)s")
    uvloop.run(MediaServer(msgspec.json.decode(sys.argv[1], type=MediaSettings)).run())
