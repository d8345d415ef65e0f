"""hub.federation.ports.Link between two hubs in one process: it brings at once, or keeps all until it is told what to bring."""

import asyncio
from collections.abc import AsyncGenerator, Sequence

from hub.federation.envelope import Envelope
from hub.kernel.errors import LinkError
from hub.kernel.signal import Signal


class End:
    """One end of a line, at the centre `own`."""

    def __init__(self, own: str, other: str) -> None:
        self.own = own
        self.centres: Sequence[str] = (other,)
        self.other: End | None = None
        self.alive, self.keeps = True, False
        self.sent: list[Envelope] = []
        """All of them, and some more than once."""
        self._coming: asyncio.Queue[Envelope] = asyncio.Queue()
        self.on_told = Signal[[Envelope]]()

    async def send(self, parcel: Envelope) -> None:
        assert parcel.source == self.own
        if parcel.to not in self.centres:
            raise LinkError("there is no line")
        self.sent.append(parcel)
        if not self.keeps and self.alive:
            self.bring(parcel)

    async def tell(self, parcel: Envelope) -> None:
        if self.alive and self.other:
            self.other.on_told(parcel)

    def bring(self, parcel: Envelope) -> None:
        assert self.other is not None
        self.other._coming.put_nowait(parcel)

    async def receive(self) -> AsyncGenerator[Envelope, None]:
        while True:
            yield await self._coming.get()

    def up(self, centre: str) -> bool:
        return self.alive and centre in self.centres

    async def close(self) -> None:
        """Nothing is open."""


def line(one: str, other: str) -> tuple[End, End]:
    here, there = End(one, other), End(other, one)
    here.other, there.other = there, here
    return here, there
