"""Ten thousand conversations are erased while others talk: how fast it goes, and how long those wait for their commit meanwhile.

Each has six messages of some words, all of them in the archive. The chat is a step of a conversation every few milliseconds, one after
the other: what a citizen waits for before he is acknowledged. It is measured without the erasing before.
"""

import asyncio
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import NoReturn

import uvloop
from tqdm import tqdm

from benchmarks.growth import Speech
from benchmarks.report import report, rounded
from bots.russian import Russian
from hub.conversations.address import Address
from hub.conversations.conversation import Closed, Conversation, WithBot
from hub.conversations.journal import ErasureCause, StoredEvent
from hub.conversations.message import Author, Message
from hub.conversations.ports import Commit
from hub.conversations.sequencer import ConversationSequencer, LiveConversation
from hub.kernel.ids import RecordIds
from hub.privacy.eraser import Eraser
from okno.drivers import channel_traits
from storage.erasure_register import ErasureFile
from storage.files import FileStore
from storage.sqlite import SqliteStore
from tests.rig import eventually

CONVERSATIONS, MESSAGES, AT_ONCE = 10_000, 6, 500
PAUSE_S, ALONE_S = 0.005, 10.0
START = datetime(2026, 1, 1, tzinfo=UTC)
GOALS = ["erased_per_s >= 50", "chat_p95_ms <= 100"]


async def main() -> None:
    with TemporaryDirectory() as name:
        folder = Path(name)
        russian = Russian()
        store = SqliteStore(folder / "okno.db", russian)
        ids, now = RecordIds(), lambda: datetime.now(UTC)
        sequencer = ConversationSequencer(store, ids, now, {}, channel_traits())
        numbers = await _fill(store, ids, Speech(russian, random.Random(7)))
        talk = await _opened(store, sequencer)
        alone = await _chat(sequencer, talk, lambda began: perf_counter() - began < ALONE_S)
        eraser = Eraser(sequencer, store, FileStore(folder / "files"), ErasureFile(folder / "erasures.jsonl"))
        began = perf_counter()
        with tqdm(total=CONVERSATIONS, unit="conversation", disable=None) as bar:
            work = asyncio.create_task(eraser.erase(numbers, ErasureCause.TERM, told=lambda _: tell(bar)))
            beside = await _chat(sequencer, talk, lambda _: not work.done())
            done = await work
        took = perf_counter() - began
        assert done == CONVERSATIONS
        report("erasing", {
            "erased_per_s": rounded(done / took), "took_s": rounded(took),
            "chat_alone_median_ms": rounded(median(alone) * 1e3), "chat_alone_p95_ms": rounded(_p95(alone) * 1e3),
            "chat_median_ms": rounded(median(beside) * 1e3), "chat_p95_ms": rounded(_p95(beside) * 1e3),
            "chat_longest_ms": rounded(max(beside) * 1e3)}, GOALS)
        await store.close()


def tell(bar: "tqdm[NoReturn]") -> None:
    bar.update()


async def _fill(store: SqliteStore, ids: RecordIds, speech: Speech) -> list[int]:
    """Closed conversations, all of whose words are in the archive."""
    numbers: list[int] = []
    for first in tqdm(range(0, CONVERSATIONS, AT_ONCE), unit_scale=AT_ONCE, unit="conversation", disable=None):
        changes = [_closed(ids, first + n, speech) for n in range(AT_ONCE)]
        await asyncio.gather(*map(store.commit, changes))
        numbers += [change.conversation for change in changes]
    number = ids.next(START)
    head = Conversation(number, "000-260101-99999-0", Address("web.chat", "beacon"), START, WithBot())
    await store.commit(Commit(number, 0, (StoredEvent(ids.next(START), number, Message(Author.CITIZEN, "маяк", START)),), head))

    async def indexed() -> bool:
        return bool(await store.find("маяк"))
    await eventually(indexed, patience_s=600)
    return numbers


def _closed(ids: RecordIds, place: int, speech: Speech) -> Commit:
    at = START + timedelta(seconds=place)
    number = ids.next(at)
    said = tuple(StoredEvent(ids.next(at), number,
                             Message(Author.CITIZEN if n % 2 == 0 else Author.OPERATOR, speech.say()[0], at, by="anna"))
                 for n in range(MESSAGES))
    head = Conversation(number, f"000-260101-{place:05d}-0", Address("web.chat", str(place)), at, Closed(at, "other", "anna"))
    return Commit(number, 0, said, head)


async def _opened(store: SqliteStore, sequencer: ConversationSequencer) -> LiveConversation:
    number = sequencer.new_id()
    head = Conversation(number, "000-261126-00001-0", Address("web.chat", "talk"), sequencer.now(), WithBot())
    await store.commit(Commit(number, 0, (StoredEvent(sequencer.new_id(), number,
                                                      Message(Author.CITIZEN, "Здравствуйте", sequencer.now())),), head))
    return await sequencer.load(number)


async def _chat(sequencer: ConversationSequencer, live: LiveConversation, goes_on: Callable[[float], bool]) -> list[float]:
    """Seconds that each message waited for its commit."""
    waits: list[float] = []
    began = perf_counter()
    while goes_on(began):
        said = perf_counter()
        await sequencer.committed_step(live, (Message(Author.CITIZEN, "Когда будет готов паспорт?", sequencer.now()),))
        waits.append(perf_counter() - said)
        await asyncio.sleep(PAUSE_S)
    return waits


def _p95(waits: list[float]) -> float:
    return quantiles(waits, n=20)[-1]


if __name__ == "__main__":
    uvloop.run(main())
