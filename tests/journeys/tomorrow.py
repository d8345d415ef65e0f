"""`okno run --config FILE` whose clock is a day ahead: the day that its centre has worked is over."""

import asyncio
import sys
from datetime import datetime, timedelta
from pathlib import Path

from okno.app import running
from okno.commands.run import announce
from okno.config import load
from okno.stores import now


def then() -> datetime:
    return now() + timedelta(days=1)


async def run(config: Path) -> None:
    async with running(load(config), now=then) as hub:
        announce(hub.address)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(run(Path(sys.argv[-1])))
