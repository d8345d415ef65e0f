"""The one way in for what is received: everything a channel gets goes through here to the hub's reception."""

import asyncio
from contextlib import aclosing

from hub.errors import OknoError
from hub.ports import Carrying, Incoming, Intake, Stored
from hub.tasks import resolve


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


async def pump(channel: Carrying, intake: Intake) -> None:
    """Take everything a carrier brings; the carrier is asked for the next when the last is stored."""
    async with aclosing(channel.receive()) as messages:
        async for incoming in messages:
            await accepted(intake, incoming)
