"""In-memory link between centres in one process: for several centres of one deployment, and for tests, which cut the lines."""

import asyncio
from collections import defaultdict, deque
from collections.abc import AsyncGenerator, Sequence

from hub.federation.envelope import Envelope
from hub.kernel.errors import LinkError
from hub.kernel.signal import Signal
from hub.link.envelope import pack, unpack


class Loopback:
    """All lines. Sent and received messages survive the links of their centres, as if on disk."""

    def __init__(self, centres: Sequence[str]) -> None:
        self.centres = tuple(centres)
        self.open: set[str] = set()
        """Centres whose hub is running."""
        self._cut: set[frozenset[str]] = set()
        self._out: dict[tuple[str, str], deque[bytes]] = defaultdict(deque)
        self._in: dict[str, deque[bytes]] = defaultdict(deque)
        self._sent: set[tuple[str, str, str]] = set()
        self.news = asyncio.Condition()
        self._links: dict[str, LoopbackLink] = {}

    def link(self, centre: str) -> "LoopbackLink":
        self.open.add(centre)
        self._links[centre] = link = LoopbackLink(self, centre)
        return link

    async def cut(self, one: str, other: str) -> None:
        self._cut.add(frozenset((one, other)))

    async def mend(self, one: str, other: str) -> None:
        self._cut.discard(frozenset((one, other)))
        for ends in ((one, other), (other, one)):
            await self._carry(*ends)

    def up(self, one: str, other: str) -> bool:
        return {one, other} <= self.open and frozenset((one, other)) not in self._cut

    async def put(self, parcel: Envelope) -> None:
        """Idempotent by id."""
        content = pack(parcel)
        if (known := (parcel.source, parcel.to, parcel.id)) not in self._sent:
            self._sent.add(known)
            self._out[parcel.source, parcel.to].append(content)
        await self._carry(parcel.source, parcel.to)

    def tell(self, parcel: Envelope) -> None:
        """To currently running hubs."""
        if self.up(parcel.source, parcel.to):
            self._links[parcel.to].on_told(unpack(pack(parcel)))

    async def first(self, centre: str) -> bytes:
        """The first message for a centre that is not stored yet."""
        async with self.news:
            await self.news.wait_for(lambda: bool(self._in[centre]) or centre not in self.open)
            return self._in[centre][0] if self._in[centre] else b""

    def stored(self, centre: str) -> None:
        self._in[centre].popleft()

    async def _carry(self, source: str, to: str) -> None:
        if frozenset((source, to)) in self._cut:
            return
        async with self.news:
            self._in[to].extend(self._out.pop((source, to), ()))
            self.news.notify_all()


class LoopbackLink:
    """hub.federation.ports.Link."""

    def __init__(self, lines: Loopback, own: str) -> None:
        self._lines, self._own = lines, own
        self.centres: Sequence[str] = tuple(centre for centre in lines.centres if centre != own)
        self.on_told = Signal[[Envelope]]()

    async def send(self, parcel: Envelope) -> None:
        self._check(parcel)
        await self._lines.put(parcel)

    async def tell(self, parcel: Envelope) -> None:
        self._check(parcel)
        self._lines.tell(parcel)

    async def receive(self) -> AsyncGenerator[Envelope, None]:
        while content := await self._lines.first(self._own):
            yield unpack(content)
            self._lines.stored(self._own)

    def up(self, centre: str) -> bool:
        return self._lines.up(self._own, centre)

    def _check(self, parcel: Envelope) -> None:
        if parcel.to not in self.centres:
            text = f"there is no line to {parcel.to}"
            raise LinkError(text)
        if self._own not in self._lines.open:
            raise LinkError("the link is closed")

    async def close(self) -> None:
        self._lines.open.discard(self._own)
        async with self._lines.news:
            self._lines.news.notify_all()
