"""Three deployments one above the other, as far as a replication needs them: a link each, and who stands above whom."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import aclosing, asynccontextmanager

from hub.federation.envelope import Envelope
from hub.kernel.background_tasks import BackgroundTasks
from hub.link.loopback import Loopback
from hub.organisation.level import Level

FEDERAL, REGION, CITY = "000", "001", "077"
LEVELS = {FEDERAL: Level.FEDERAL, REGION: Level.REGIONAL, CITY: Level.MUNICIPAL}


def over(one: str, other: str) -> bool:
    order = list(LEVELS)
    return order.index(one) < order.index(other)


@asynccontextmanager
async def hearing(lines: Loopback, heard: Mapping[str, Mapping[str, Callable[[Envelope], Awaitable[None]]]]) -> AsyncIterator[None]:
    """Each centre hears what it is sent; who takes which envelope, by centre."""
    tasks = BackgroundTasks()

    async def hear(code: str) -> None:
        async with aclosing(lines._links[code].receive()) as parcels:
            async for parcel in parcels:
                await heard[code][parcel.kind](parcel)
    for code in heard:
        tasks.spawn(hear(code))
    try:
        yield
    finally:
        await tasks.cancel()
