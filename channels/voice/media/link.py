"""A hub's connections to media processes: those that are configured, or one that it starts itself."""

import asyncio
import logging
import socket
import sys
from asyncio.subprocess import Process
from collections.abc import Sequence
from contextlib import suppress
from time import monotonic
from typing import NoReturn

import msgspec

from channels.voice.media.messages import FromHub, FromMedia, MediaSettings, MessageError, Messages, Ping, Pong, Ready, message
from channels.voice.media.stream import Listener, Stream

log = logging.getLogger(__name__)

PING_S, DEAD, STARTING = 1.0, 3, 60
"""A media process that has not answered so many pings is given up; more while it starts. A hub that stood still itself has sent none."""
FIRST_PAUSE_S, LAST_PAUSE_S = 0.5, 8.0
"""Before the next attempt; twice as long each time."""
READ_BYTES = 1 << 16
MOST = 40
"""Calls of a process: they take half of a processor. With more than it has time for, all would lose their sound."""


class MediaLink:
    """One media process: `control` is the path of its Unix socket, "" starts one with `settings`."""

    def __init__(self, control: str, settings: MediaSettings) -> None:
        self._control, self._settings = control, settings
        self._writer: asyncio.StreamWriter | None = None
        self._address = ""
        self._streams: dict[str, Stream] = {}
        self._unanswered = 0
        """Pings since the process was last heard."""
        self.pid = 0
        """Of the process that the hub has started."""

    @property
    def up(self) -> bool:
        return bool(self._address)

    @property
    def calls(self) -> int:
        return len(self._streams)

    def stream(self, listener: Listener) -> Stream:
        stream = Stream(self._address, self._tell, listener)
        self._streams[stream.call] = stream
        return stream

    def end(self, stream: Stream) -> None:
        self._streams.pop(stream.call, None)

    async def keep(self) -> NoReturn:
        """Connected, again and again."""
        pause_s = FIRST_PAUSE_S
        while True:
            began_s = monotonic()
            try:
                await (self._with_socket() if self._control else self._with_process())
            except (OSError, MessageError, asyncio.IncompleteReadError) as error:
                log.warning("media process not reachable: calls are recorded", extra={"control": self._control, "why": str(error)})
            if monotonic() - began_s > STARTING * PING_S:
                pause_s = FIRST_PAUSE_S
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, LAST_PAUSE_S)

    async def _with_socket(self) -> None:
        await self._talk(*await asyncio.open_unix_connection(self._control))

    async def _with_process(self) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                process = await asyncio.create_subprocess_exec(
                    sys.executable, "-P", "-m", "channels.voice.media.server", msgspec.json.encode(self._settings),
                    stdin=theirs.fileno(), start_new_session=True)
            except OSError:
                ours.close()
                raise
        self.pid = process.pid
        try:
            await self._talk(*await asyncio.open_connection(sock=ours))
        finally:
            self.pid = 0
            await _end(process)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        messages: Messages[FromMedia] = Messages(FromMedia)
        self._writer, self._unanswered = writer, 0
        pinging = asyncio.create_task(self._ping())
        try:
            while data := await reader.read(READ_BYTES):
                self._unanswered = 0
                for event in messages.take(data):
                    self._take(event)
        finally:
            pinging.cancel()
            self._writer, self._address = None, ""
            writer.transport.abort()
            streams, self._streams = self._streams, {}
            for stream in streams.values():
                stream.lose()
        log.warning("media process gone: its calls are recorded", extra={"calls": len(streams)})

    def _take(self, event: FromMedia) -> None:
        if isinstance(event, Ready):
            self._address = event.address
        elif not isinstance(event, Pong) and (stream := self._streams.get(event.call)) is not None:
            stream.told(event)

    async def _ping(self) -> None:
        while self._writer is not None:
            if self._unanswered >= (DEAD if self.up else STARTING):
                self._writer.transport.abort()
                return
            self._tell(Ping())
            self._unanswered += 1
            await asyncio.sleep(PING_S)

    def _tell(self, content: FromHub) -> None:
        if self._writer is not None and not self._writer.is_closing():
            self._writer.write(message(content))


class MediaLinks:
    """All media processes of a hub. New calls go to the one with the fewest."""

    def __init__(self, controls: Sequence[str], settings: MediaSettings) -> None:
        self.links = [MediaLink(control, settings) for control in controls or ("",)]

    async def work(self) -> None:
        """Until cancelled."""
        async with asyncio.TaskGroup() as group:
            for link in self.links:
                group.create_task(link.keep())

    def free(self) -> MediaLink | None:
        """None while none is reachable, or all have enough."""
        return min((link for link in self.links if link.up and link.calls < MOST), key=lambda link: link.calls, default=None)


async def _end(process: Process) -> None:
    with suppress(ProcessLookupError):
        process.kill()
    await process.wait()
