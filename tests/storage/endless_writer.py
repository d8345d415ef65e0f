"""A process that commits message after message and prints the id of each one once it is acknowledged: to be killed."""

import asyncio
import sys
from pathlib import Path

from bots.russian import Russian
from storage.sqlite import SqliteStore
from tests.storage.data import adding, opening, said


async def main(path: Path) -> None:
    store = SqliteStore(path, Russian())
    last = 11
    await store.commit(opening(10))
    while True:
        await store.commit(adding(last, said(last + 1, 10, f"сообщение {last}")))
        last += 1
        print(last, flush=True)


asyncio.run(main(Path(sys.argv[1])))
