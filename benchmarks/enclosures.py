"""Files from centre to centre, and messages beside them. Four of 5 MB go from one hub to another by two real servers.

The servers are as docker/nats/ sets them up, by mutual TLS, every acknowledgement a fsync; the hubs share a process, each with its
store in memory and its files on the disk. The clock begins when the last file's message is stored here, and stops when all are whole
there. Meanwhile the citizen goes on writing: how long each word takes is told beside what it takes without files.
"""

import asyncio
import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter

import uvloop

from benchmarks.report import fdatasyncs_per_s, report, rounded
from bots.russian import Russian
from hub.link.nats import NatsLink
from storage.files import FileStore
from tests.federation.test_file_receiver import content, is_known, sends
from tests.federation.test_handover_sender import Two, says
from tests.peers.nats import Federation, federation
from tests.rig import Clock, Rig, eventually

CODES = ("001", "077")
FILES, BYTES, ALONE = 4, 5 << 20, 20


async def said_ms(two: Two, guest: int, word: str) -> float:
    """From being said by the citizen to being read at the other centre."""
    start = perf_counter()
    await two.here.say(word, word)
    await says(two.there, guest, word)
    return (perf_counter() - start) * 1000


async def carried(two: Two) -> dict[str, float]:
    conversation = await two.away()
    await two.taken(conversation)
    guest = await two.held_there()
    alone = [await said_ms(two, guest, f"alone {number}") for number in range(ALONE)]
    files = [await sends(two.here, content(BYTES, number), key=f"file {number}") for number in range(FILES)]
    start = perf_counter()
    whole = asyncio.gather(*(is_known(two.there, guest, file) for file in files))
    beside: list[float] = []
    while not whole.done():
        beside.append(await said_ms(two, guest, f"beside {len(beside)}"))
    await whole
    took_s = perf_counter() - start
    return {"mb_per_s": rounded(FILES * BYTES / 1e6 / took_s), "said_alone_ms": rounded(median(alone)),
            "said_beside_ms": rounded(median(beside)), "said_beside_max_ms": rounded(max(beside))}


async def between(servers: Federation, folder: Path) -> dict[str, float]:
    two = Two(Clock(), Russian())
    links = [NatsLink(code, servers.settings(code)) for code in CODES]
    two.here, two.there = [Rig(store, two.clock, link=link, code=code, files=FileStore(folder / code), again_s=15.0)
                           for store, link, code in zip(two.stores, links, CODES, strict=True)]
    await two.start()

    async def up() -> bool:
        return links[0].up("077") and links[1].up("001")
    await eventually(up)
    figures = await carried(two)
    await two.stop()
    for link in links:
        await link.close()
    return figures


def main() -> None:
    with federation() as servers, tempfile.TemporaryDirectory() as folder:
        figures = uvloop.run(between(servers, Path(folder)))
        figures["fdatasync_per_s"] = rounded(fdatasyncs_per_s(Path(folder)))
    report("enclosures", figures, [])


if __name__ == "__main__":
    main()
