"""What security costs: a million records of the audit linked, verified, and verified with one altered; what a reading waits for."""

import asyncio
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from benchmarks.report import fdatasyncs_per_s, report, rounded
from bots.russian import Russian
from hub.audit import Deed
from hub.chain import Walk, walk
from hub.readings import Readings
from storage import audit
from storage.codec import dump
from storage.migrate import migrate
from storage.sqlite import SqliteStore, connect

RECORDS, BATCH = 1_000_000, 500
READINGS, READERS = 2_000, 64
ALTERED = RECORDS // 3
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
GOALS = ["audit_verified_s <= 30", "audit_altered_s <= 30"]


def deeds() -> Iterator[bytearray]:
    """Records of the usual size, no two alike."""
    whats = ("open", "reply", "search", "listened", "close", "transfer", "note", "sign_in")
    for number in range(RECORDS):
        yield dump(Deed(NOW + timedelta(seconds=number), f"operator{number % 400}", whats[number % len(whats)],
                        str(7_400_000_000_000_000_000 + number), "0" * (number % 40), "held" if number % 2 else ""))


def fill(path: Path) -> float:
    """Seconds that it took."""
    with closing(connect(path)) as db:
        migrate(db)
        db.execute("PRAGMA synchronous = OFF")
        source, began = deeds(), perf_counter()
        while batch := list(islice(source, BATCH)):
            db.execute("BEGIN IMMEDIATE")
            audit.add(db, batch)
            db.execute("COMMIT")
        took_s = perf_counter() - began
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return took_s


def verified(path: Path) -> tuple[Walk, float]:
    with closing(audit.reading(path)) as db:
        began = perf_counter()
        seen = walk(audit.rows(db, audit.end(db)[0]))
        return seen, perf_counter() - began


async def read(path: Path) -> dict[str, float]:
    """Waits of one who reads by himself, and of many at once."""
    store = SqliteStore(path, Russian(), archive_delay_s=3600)
    readings, waits = Readings(store, lambda: datetime.now(UTC)), list[float]()

    async def one(reader: int, number: int) -> None:
        began = perf_counter()
        await readings.note(f"reader{reader}", "open", str(number), ground="held")
        waits.append(perf_counter() - began)

    async def reader(number: int, count: int) -> None:
        for each in range(count):
            await one(number, each)

    try:
        figures: dict[str, float] = {}
        for readers, name in ((1, "alone"), (READERS, "at_once")):
            waits.clear()
            began = perf_counter()
            await asyncio.gather(*(reader(readers * 1000 + number, READINGS // readers) for number in range(readers)))
            took_s = perf_counter() - began
            waits.sort()
            figures |= {f"reading_{name}_p50_ms": rounded(waits[len(waits) // 2] * 1000),
                        f"reading_{name}_p99_ms": rounded(waits[len(waits) * 99 // 100] * 1000),
                        f"reading_{name}_per_s": rounded(len(waits) / took_s)}
        return figures
    finally:
        await store.close()


def main() -> None:
    with TemporaryDirectory(dir="var" if Path("var").is_dir() else None) as name:
        path = Path(name) / "okno.db"
        linked_s = fill(path)
        print(f"{RECORDS:,} records linked in {linked_s:.1f} s", file=sys.stderr, flush=True)
        whole, verified_s = verified(path)
        assert (whole.flaws, whole.count) == (0, RECORDS)
        with closing(sqlite3.connect(path)) as db:
            db.executescript(f"DROP TRIGGER audit_is_not_changed; UPDATE audit SET doc = x'7b7d' WHERE id = {ALTERED}")
        broken, altered_s = verified(path)
        assert [finding.number for finding in broken.findings] == [ALTERED]
        reading = asyncio.run(read(Path(name) / "read.db"))
        report("security", reading | {
            "fdatasync_per_s": rounded(fdatasyncs_per_s(Path(name))),
            "audit_verified_s": rounded(verified_s), "audit_verified_per_s": rounded(RECORDS / verified_s),
            "audit_altered_s": rounded(altered_s), "audit_linked_us": rounded(linked_s / RECORDS * 1e6),
            "audit_mb": rounded(path.stat().st_size / 1e6)}, GOALS)


if __name__ == "__main__":
    main()
