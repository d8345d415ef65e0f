"""The common path of received messages: every channel passes them to the hub's intake through this module."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from time import monotonic

from hub.conversations.ports import CarryingChannel, Incoming, Stored
from hub.intake.ports import Intake
from hub.kernel.background_tasks import resolve
from hub.kernel.errors import OknoError
from hub.kernel.health import ChannelCounters

log = logging.getLogger(__name__)

FIRST_PAUSE_S, LAST_PAUSE_S = 1.0, 60.0


async def accepted(intake: Intake, incoming: Incoming) -> Stored:
    """Hand in one message and wait until it is on the disk; raises what kept it from there."""
    done: asyncio.Future[Stored] = asyncio.get_running_loop().create_future()

    def tell(outcome: Stored | OknoError) -> None:
        if isinstance(outcome, Stored):
            resolve(done, outcome, None)
        else:
            resolve(done, None, outcome)

    intake.accept(incoming, tell)
    return await done


async def taken(intake: Intake, incoming: Incoming) -> Stored:
    """Hand in what a carrier brought, and wait until it and its files are on the disk; raises what kept it from there.

    For carriers that push many at once, each on a connection or in a window of its own; what they ask for is pumped.
    """
    stored = await accepted(intake, incoming)
    for attachment in incoming.attachments:
        # Only now is it known whose file it is; after a crash in between the carrier brings the message again.
        await intake.keep(stored.conversation, attachment)
    return stored


async def pump(channel: CarryingChannel, intake: Intake) -> None:
    """Take everything a carrier brings; the carrier is asked for the next when the last is stored."""
    async with aclosing(channel.receive()) as messages:
        async for incoming in messages:
            await taken(intake, incoming)


async def keep_going(name: str, work: Callable[[], Awaitable[None]], counters: ChannelCounters,
                     first_pause_s: float = FIRST_PAUSE_S) -> None:
    """Do a channel's work, and start again after a pause whenever it breaks off: a channel that fails stops no other."""
    pause_s = first_pause_s
    while True:
        began = monotonic()
        try:
            await work()
        except Exception as error:
            counters.failed(error)
            log.exception("a channel has stopped working", extra={"channel": name})
        else:
            return
        if monotonic() - began > LAST_PAUSE_S:
            pause_s = first_pause_s
        await asyncio.sleep(pause_s)
        pause_s = min(pause_s * 2, LAST_PAUSE_S)
