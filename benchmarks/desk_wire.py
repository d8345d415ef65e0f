"""A thousand desks and their citizens from one process: who writes to whom, and on which screens it comes up."""

import asyncio
import re
from time import perf_counter

import aiohttp
from msgspec import Struct

from benchmarks.report import rounded

PATIENCE_S = 120
STORED = '{"type":"stored"'
WRITTEN = re.compile(r'"text":"(\d+) (\d+)"')


class Shape(Struct, frozen=True):
    """Frames that one message brings, by their bytes: to the operator's desk, and back to the citizen."""

    desk: list[int]
    citizen: list[int]


class Crowd:
    """Operators with a desk each, and a citizen each who writes to him."""

    def __init__(self) -> None:
        self.due: dict[tuple[int, int], float] = {}
        """When a message, by its citizen and its number, was to be written."""
        self.waits: list[float] = []
        """Seconds until it was on the screen of its operator."""
        self.astray = 0
        """How often one came up on somebody else's."""
        self.desk_frames: list[int] = []
        self.citizen_frames: list[int] = []
        self._left, self._over = 0, asyncio.Event()
        self._screens: list[aiohttp.ClientWebSocketResponse] = []
        self._citizens: list[aiohttp.ClientWebSocketResponse] = []
        self._tasks: list[asyncio.Task[None]] = []

    async def enter(self, http: aiohttp.ClientSession, number: int, desk: str, citizen: str, headers: dict[str, str], watches: str) -> None:
        """One operator opens his desk at a conversation, its citizen his page.

        At a hub he says that he is ready: who does not come back after a restart gives back what he held (`routing.reconnect_s`), and
        what is said in a conversation that waits is told to all desks of its line.
        """
        screen = await http.ws_connect(desk, headers=headers, max_msg_size=0)
        if watches:
            async with http.put(f"{headers['Origin']}/api/presence", json={"presence": "ready"}, headers=headers) as answer:
                assert answer.status == 200, await answer.text()
            await screen.send_json({"type": "watch", "conversation": watches})
        page = await http.ws_connect(citizen, max_msg_size=0)
        self._screens.append(screen)
        self._citizens.append(page)
        self._tasks += [asyncio.create_task(self._look(screen, number)), asyncio.create_task(self._hear(page))]

    async def _look(self, screen: aiohttp.ClientWebSocketResponse, number: int) -> None:
        async for message in screen:
            self.desk_frames.append(len(message.data))
            if found := WRITTEN.search(message.data):
                key = (int(found[1]), int(found[2]))
                self.astray += key[0] != number
                if (at := self.due.pop(key, None)) is not None:
                    self.waits.append(perf_counter() - at)
                    self._arrived()

    async def _hear(self, page: aiohttp.ClientWebSocketResponse) -> None:
        async for message in page:
            self.citizen_frames.append(len(message.data))
            if not self._screens and STORED in message.data:
                self._arrived()

    def _arrived(self) -> None:
        self._left -= 1
        if not self._left:
            self._over.set()

    async def look_away(self) -> None:
        """Operators close their desks: from now on a message has arrived when its citizen is told that it is stored."""
        screens, self._screens = self._screens, []
        await asyncio.gather(*(screen.close() for screen in screens))

    async def write(self, per_s: float, seconds: float, first: int) -> None:
        """Citizens write in turn, each message at its moment whatever comes back; ends when all have arrived."""
        self.waits.clear()
        self.desk_frames.clear()
        self.citizen_frames.clear()
        self._over.clear()
        start, total = perf_counter(), int(per_s * seconds)
        self._left = total
        for n in range(total):
            at = start + n / per_s
            if (pause := at - perf_counter()) > 0:
                await asyncio.sleep(pause)
            number, place = n % len(self._citizens), first + n
            self.due[number, place] = at
            await self._citizens[number].send_str(f'{{"type":"say","key":"{first}-{n}","text":"{number} {place}"}}')
        async with asyncio.timeout(PATIENCE_S):
            await self._over.wait()

    def shape(self, messages: int) -> Shape:
        """What one message brought, on the average."""
        return Shape(_even(self.desk_frames, messages), _even(self.citizen_frames, messages))

    async def leave(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


def _even(sizes: list[int], messages: int) -> list[int]:
    """As many frames of one size as there were for a message, with all their bytes."""
    frames = max(round(len(sizes) / messages), 1)
    return [int(rounded(sum(sizes) / messages / frames))] * frames
