"""Long computations do not begin in the same turn of the event loop."""

import asyncio

from hub.kernel.turnstile import Turnstile


async def test_one_begins_in_each_turn() -> None:
    # F1
    turnstile, turn = Turnstile(), 0
    began: list[int] = []
    over = asyncio.Event()

    async def count() -> None:
        nonlocal turn
        while not over.is_set():
            turn += 1
            await asyncio.sleep(0)

    async def compute() -> None:
        await turnstile.wait()
        began.append(turn)

    counting = asyncio.create_task(count())
    await asyncio.gather(*(compute() for _ in range(20)))
    over.set()
    await counting
    assert len(set(began)) == len(began) == 20
