"""From ten thousand to a million conversations: whether a view takes longer when the house has filled up.

Both centres are built anew through the real schema, codec and archive, in bulk; the views are asked through the store. Before
that both files are read once from end to end: a hub has been running for a while when its house is full, and its machine has the
file in memory. Without it the large house is asked for pages that nobody has looked at since they were written.
"""

import asyncio
import os
import random
import sqlite3
import subprocess
import sys
import tempfile
import urllib.request
from bisect import bisect
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import accumulate, product
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter

import uvloop
from tqdm import tqdm

from benchmarks.report import report, rounded
from bots.russian import Russian
from hub.conversations.address import Address
from hub.conversations.conversation import Closed, Conversation, Holder, InQueue
from hub.conversations.message import Author, Message
from storage import archive
from storage.codec import dump
from storage.migrate import migrate
from storage.sqlite import SqliteStore, connect
from tests.house import hub_of
from tests.peers.ports import free_ports

SMALL, LARGE = 10_000, 1_000_000
MESSAGES, WORDS, VOCABULARY = 6, 5, 20_000
NAMES, NAMED = 200, 5
"""Surnames, each said in so many conversations of either house, spread over its whole time: the same answer, out of a hundred
times as much."""
QUEUES = [f"queue-{n:02d}" for n in range(60)]
FINDS_MORE = {"search_rare_word"}
"""A word that is one in so many: two messages in the small house, a full page of fifty in the large one. A larger answer takes
longer in any house, so the figure is told but the goals are about views that give the same answer in both."""
WAITING = 3000
"""Conversations that wait, the newest: the line grows with the day's load and not with the archive, so it is the same in both."""
OPENINGS, SAMPLES = 5, 400
"""Each house is opened so often anew: which processor its readers find themselves on is chance, and worth a quarter of the time."""
CHUNK = 10_000
START = datetime(2026, 1, 1, tzinfo=UTC)
GOALS = ["median_ratio <= 1.15", "p95_ratio <= 1.3", "idle_memory_mb <= 150"]

View = Callable[[SqliteStore, random.Random, int], Awaitable[object]]


class Speech:
    """Words as often as people use them: the n-th most frequent one n times more rarely than the first (Zipf)."""

    def __init__(self, russian: Russian, chance: random.Random) -> None:
        syllables = [c + v for c, v in product("бвгдзклмнпрст", "аеиоу")]
        made = ("".join(chance.choices(syllables, k=chance.randint(2, 4))) for _ in range(VOCABULARY * 2))
        self.words = list(dict.fromkeys(made))[:VOCABULARY]
        self._forms = [russian.indexed(word) for word in self.words]
        self._weights = list(accumulate(1 / rank for rank in range(1, len(self.words) + 1)))
        self._chance = chance
        self.names = [f"Ъ{word}" for word in self.words[:NAMES]]
        """Words that nobody says but where `fill` puts them."""
        self._name_forms = [russian.indexed(name) for name in self.names]

    def named(self, conversation: int, conversations: int) -> tuple[str, str]:
        """The name said in a conversation, and what the archive holds for it; empty in most."""
        every = conversations // (NAMES * NAMED)
        if conversation % every:
            return "", ""
        name = conversation // every % NAMES
        return f" {self.names[name]}", f" {self._name_forms[name]}"

    def say(self) -> tuple[str, str]:
        """A text, and what the archive holds for it."""
        weights, total = self._weights, self._weights[-1]
        picked = [bisect(weights, self._chance.random() * total) for _ in range(WORDS)]
        return " ".join([self.words[i] for i in picked]), " ".join([self._forms[i] for i in picked])


def build(path: Path, conversations: int, speech: Speech) -> None:
    """Fill a house. Durability is for what cannot be made again, and triggers would check what is right by construction."""
    db = connect(path)
    migrate(db)
    triggers = dict(db.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").fetchall())
    for trigger in triggers:
        db.execute(f"DROP TRIGGER {trigger}")
    db.execute("PRAGMA synchronous = OFF")
    db.execute("PRAGMA wal_autocheckpoint = 10000")
    for first in tqdm(range(0, conversations, CHUNK), desc=f"{conversations:,} conversations", file=sys.stderr, disable=None):
        db.execute("BEGIN")
        fill(db, range(first, min(first + CHUNK, conversations)), speech, conversations)
        db.execute("COMMIT")
    for definition in triggers.values():
        db.execute(definition)
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()


def fill(db: sqlite3.Connection, numbers: range, speech: Speech, conversations: int) -> None:
    heads, rows, texts = [], [], []
    for number in numbers:
        at = START + timedelta(seconds=number)
        base = (number + 1) << 10
        for place in range(1, MESSAGES + 1):
            author = Author.BOT if place == 2 else Author.CITIZEN if place % 2 else Author.OPERATOR
            text, forms = speech.say()
            if place == 1:
                name, name_forms = speech.named(number, conversations)
                text, forms = text + name, forms + name_forms
            if author is not Author.BOT:
                texts.append((base + place, forms))
            rows.append((base + place, base, base + place - 1 if place > 1 else 0, dump(Message(author, text, at))))
        waits = number >= conversations - WAITING
        holder: Holder = InQueue(QUEUES[number % len(QUEUES)], at) if waits else Closed(at, "other", "operator")
        head = Conversation(base, f"001-260101-{number:07d}-0", Address("web.chat", f"{number:064x}"), at, holder)
        queue = holder.queue if isinstance(holder, InQueue) else None
        heads.append((base, head.number, str(head.address), not waits, queue, at.timestamp() if waits else None, dump(head)))
    db.executemany("INSERT INTO conversations (id, number, address, closed, queue, since, doc) VALUES (?,?,?,?,?,?,?)", heads)
    db.executemany("INSERT INTO last_events VALUES (?, ?)", [(base, base + MESSAGES) for base, *_ in heads])
    db.executemany("INSERT INTO journal (id, conversation, prev, doc) VALUES (?,?,?,?)", rows)
    archive.index(db, rows[-1][0], texts)


def views(speech: Speech) -> dict[str, View]:
    """What a desk asks for. Searches are for words in use, for a name said in a few messages, and for a rare word."""
    def often(chance: random.Random) -> str:
        return speech.words[chance.randrange(5, 100)]

    return {
        "inbox_one_queue": lambda store, chance, _: store.waiting([chance.choice(QUEUES)]),
        "inbox_60_queues": lambda store, _, __: store.waiting(QUEUES),
        "conversation": lambda store, chance, size: store.records((chance.randrange(size) + 1) << 10),
        "search_one_word": lambda store, chance, _: store.find(often(chance)),
        "search_two_words": lambda store, chance, _: store.find(f"{speech.words[chance.randrange(3)]} {often(chance)}"),
        "search_name": lambda store, chance, _: store.find(chance.choice(speech.names)),
        "search_rare_word": lambda store, chance, _: store.find(chance.choice(speech.words[VOCABULARY // 2:])),
    }


async def measure(small: Path, large: Path, speech: Speech) -> dict[str, float]:
    chance = random.Random(7)
    waits: dict[tuple[str, int], list[float]] = {(name, size): [] for name in views(speech) for size in (SMALL, LARGE)}
    for path in (small, large):
        read_through(path)
    for _ in tqdm(range(OPENINGS), desc="openings", file=sys.stderr, disable=None):
        stores = {SMALL: SqliteStore(small, Russian()), LARGE: SqliteStore(large, Russian())}
        for name, view in views(speech).items():
            for _ in range(SAMPLES):
                for size, store in stores.items():
                    start = perf_counter()
                    await view(store, chance, size)
                    waits[name, size].append((perf_counter() - start) * 1000)
        await asyncio.gather(*(store.close() for store in stores.values()))
    return summed(waits)


def summed(waits: dict[tuple[str, int], list[float]]) -> dict[str, float]:
    """Each view's times in the large house and how often they are those of the small one; and the worst of these."""
    figures: dict[str, float] = {}
    medians, tails = [], []
    for name in dict.fromkeys(name for name, _ in waits):
        p50 = {size: median(waits[name, size]) for size in (SMALL, LARGE)}
        p95 = {size: quantiles(waits[name, size], n=20)[-1] for size in (SMALL, LARGE)}
        figures |= {f"{name}_ms": rounded(p50[LARGE]), f"{name}_p95_ms": rounded(p95[LARGE]),
                    f"{name}_ratio": rounded(p50[LARGE] / p50[SMALL]), f"{name}_p95_ratio": rounded(p95[LARGE] / p95[SMALL])}
        if name not in FINDS_MORE:
            medians.append(p50[LARGE] / p50[SMALL])
            tails.append(p95[LARGE] / p95[SMALL])
    return figures | {"median_ratio": rounded(max(medians)), "p95_ratio": rounded(max(tails))}


def read_through(path: Path) -> None:
    with path.open("rb") as file:
        while file.read(1 << 24):
            pass


def idle_memory_mb(folder: Path) -> float:
    """What a hub that has just become ready holds in memory."""
    (port,) = free_ports(1)
    command = [str(Path(sys.executable).with_name("okno")), "run"]
    environment = os.environ | {"OKNO_DATA": str(folder / "idle"), "OKNO_LISTEN": f"127.0.0.1:{port}"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        next(line for line in lines(process) if "openapi" in line)
        urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5).close()
        status = Path(f"/proc/{hub_of(process.pid)}/status").read_text(encoding="ascii")
        process.terminate()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS")) / 1024


def lines(process: "subprocess.Popen[str]") -> Iterator[str]:
    assert process.stdout
    return iter(process.stdout)


def main() -> None:
    with tempfile.TemporaryDirectory(dir="var" if Path("var").is_dir() else None) as name:
        folder = Path(name)
        memory = idle_memory_mb(folder)
        speech = Speech(Russian(), random.Random(1))
        for size in (SMALL, LARGE):
            build(folder / f"{size}.db", size, speech)
        figures = uvloop.run(measure(folder / f"{SMALL}.db", folder / f"{LARGE}.db", speech))
        size_gb = (folder / f"{LARGE}.db").stat().st_size / 1e9
        report("growth", figures | {"size_gb": rounded(size_gb), "idle_memory_mb": rounded(memory)}, GOALS)


if __name__ == "__main__":
    main()
