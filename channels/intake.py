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
    """Hand in one message and wait until it is on the disk; raises the error that prevented it."""
    done: asyncio.Future[Stored] = asyncio.get_running_loop().create_future()

    def tell(outcome: Stored | OknoError) -> None:
        if isinstance(outcome, Stored):
            resolve(done, outcome, None)
        else:
            resolve(done, None, outcome)

    intake.accept(incoming, tell)
    return await done


async def taken(intake: Intake, incoming: Incoming) -> Stored:
    """Hand in a carrier's message, and wait until it and its files are on the disk; raises the error that prevented it.

    For carriers that push many at once, each on its own connection or in a window; polled carriers use `pump`.
    """
    stored = await accepted(intake, incoming)
    for attachment in (*incoming.attachments, *([incoming.original] if incoming.original else [])):
        # The conversation is known only now; after a crash in between the carrier redelivers the message.
        await intake.keep(stored.conversation, attachment)
    return stored


async def pump(channel: CarryingChannel, intake: Intake) -> None:
    """Process everything a carrier delivers; the next message is requested when the last one is stored."""
    async with aclosing(channel.receive()) as messages:
        async for incoming in messages:
            await taken(intake, incoming)


async def keep_going(name: str, work: Callable[[], Awaitable[None]], counters: ChannelCounters,
                     first_pause_s: float = FIRST_PAUSE_S) -> None:
    """Run a channel's work, and restart it after a pause when it fails: a failing channel stops no other."""
    pause_s = first_pause_s
    while True:
        began = monotonic()
        try:
            await work()
        except Exception as error:
            counters.failed(error)
            log.exception("channel stopped by an unexpected error: restarted", extra={"channel": name})
        else:
            return
        if monotonic() - began > LAST_PAUSE_S:
            pause_s = first_pause_s
        await asyncio.sleep(pause_s)
        pause_s = min(pause_s * 2, LAST_PAUSE_S)
