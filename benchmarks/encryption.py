"""What it costs to seal files: stored and read back in clear and sealed by turns, in one process and on one disk."""

import asyncio
import os
from collections.abc import Callable, Coroutine
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

from benchmarks.report import report, rounded
from storage.files import FileStore
from storage.keys.file import KeyFile

ROUNDS = 7
LARGE, SMALL = 32 << 20, 200 << 10
"""An hour of talk as FLAC, and a photograph; bytes."""
MANY = 50


async def main() -> None:
    with TemporaryDirectory() as name:
        folder = Path(name)
        keys = KeyFile(folder / "keys")
        keys.add()
        stores = {"clear": FileStore(folder / "clear"), "sealed": FileStore(folder / "sealed", keys)}
        figures: dict[str, float] = {}
        for size, count, what in ((LARGE, 1, "large"), (SMALL, MANY, "small")):
            figures |= await _measure(stores, size, count, what)
    report("sealing", figures, ["large_read_ratio >= 0.3", "large_stored_ratio >= 0.5"])


async def _measure(stores: dict[str, FileStore], size: int, count: int, what: str) -> dict[str, float]:
    """MB a second of each way, and how much of the speed in clear is left."""
    took: dict[tuple[str, str], list[float]] = {}
    for _ in range(ROUNDS):
        for how, store in stores.items():
            contents = [os.urandom(size) for _ in range(count)]
            names: list[str] = []

            async def put(store: FileStore = store, contents: list[bytes] = contents, names: list[str] = names) -> None:
                names += [await store.put(content) for content in contents]

            async def get(store: FileStore = store, contents: list[bytes] = contents, names: list[str] = names) -> None:
                for content, name in zip(contents, names, strict=True):
                    assert await store.get(name) == content

            for way, work in (("stored", put), ("read", get)):
                took.setdefault((how, way), []).append(await _seconds(work))
            for name in names:
                await store.drop(name)
    speed = {key: size * count / 1e6 / median(times) for key, times in took.items()}
    return {f"{what}_{way}_{how}_mb_per_s": rounded(rate) for (how, way), rate in speed.items()} | {
        f"{what}_{way}_ratio": rounded(speed["sealed", way] / speed["clear", way]) for way in ("stored", "read")}


async def _seconds(work: Callable[[], Coroutine[None, None, None]]) -> float:
    began = perf_counter()
    await work()
    return perf_counter() - began


if __name__ == "__main__":
    asyncio.run(main())
