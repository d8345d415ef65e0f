"""A process that adds deeds, in changes and by themselves, and prints how many each time they are acknowledged: to be killed."""

import asyncio
import sys
from pathlib import Path

from bots.russian import Russian
from storage.sqlite import SqliteStore
from tests.storage.data import adding, audit_entry, opening, said


async def main(path: Path) -> None:
    store = SqliteStore(path, Russian())
    newest, _ = await store.newest()
    conversation = newest + 10
    last = conversation + 1
    await store.commit(opening(conversation))
    while True:
        await asyncio.gather(store.commit(adding(last, said(last + 1, conversation), audit_entries=(audit_entry(1), audit_entry(2)))), store.note(audit_entry(3)))
        last += 1
        print(3, flush=True)


asyncio.run(main(Path(sys.argv[1])))
