"""What is between hubs and centres. catch_up: how long 10,000 parcels take that have waited for a line to come back.

Two centres on servers of their own as docker/nats/ sets them up, by mutual TLS, every acknowledgement a fsync. The line is cut, the
parcels are sent, the line is mended: that moment begins the clock, which stops when the last one was taken in its order by the hub at the
other end. Figures tell also how fast they could be sent, and how long one alone takes from hub to hub.
"""

import asyncio
import sys
import tempfile
from contextlib import aclosing
from os import sysconf
from pathlib import Path
from statistics import median
from time import perf_counter, process_time

import uvloop

from benchmarks.report import fdatasyncs_per_s, report, rounded
from hub.federation.envelope import Envelope
from hub.link.nats import NatsLink
from tests.link.data import insist, parcel
from tests.peers.cable import Cable
from tests.peers.nats import Federation, federation

FEDERAL, REGIONAL = "001", "077"
BEHIND, ALONE, SENDERS = 10_000, 50, 200
GOALS = ["catch_up_s <= 1.5"]


async def take(link: NatsLink, number: int) -> list[Envelope]:
    async with aclosing(link.receive()) as parcels:
        return [await anext(parcels) for _ in range(number)]


async def send_all(link: NatsLink) -> None:
    numbers = iter(range(BEHIND))

    async def send() -> None:
        for number in numbers:
            await link.send(parcel(REGIONAL, FEDERAL, number))
    await asyncio.gather(*(send() for _ in range(SENDERS)))


async def alone_ms(here: NatsLink, there: NatsLink) -> float:
    """From being told to send one until the other end has it, the median."""
    waits = []
    async with aclosing(there.receive()) as parcels:
        for number in range(ALONE):
            start = perf_counter()
            await insist(here, parcel(REGIONAL, FEDERAL, 1_000_000 + number))
            await anext(parcels)
            waits.append(perf_counter() - start)
    return median(waits) * 1000


def cpu_s(servers: Federation) -> float:
    """Seconds of a processor that both hubs, the cable and the servers have used."""
    stats = [Path(f"/proc/{pid}/stat").read_text("utf8").rpartition(")")[2].split() for pid in servers.pids()]
    return process_time() + sum(int(each[11]) + int(each[12]) for each in stats) / sysconf("SC_CLK_TCK")  # proc(5): utime, stime


async def catch_up(servers: Federation) -> dict[str, float]:
    cable = Cable(servers.leaves[FEDERAL], lines=False)
    cable.port = servers.cables[REGIONAL]
    await cable.lay()
    here, there = (NatsLink(centre, servers.settings(centre)) for centre in (REGIONAL, FEDERAL))
    figures = {"one_alone_ms": rounded(await alone_ms(here, there))}
    cable.take_away()
    start = perf_counter()
    await send_all(here)
    figures["sent_per_s"] = rounded(BEHIND / (perf_counter() - start))
    start, used_s = perf_counter(), cpu_s(servers)
    await cable.lay()
    taken = await take(there, BEHIND)
    figures["catch_up_s"] = rounded(perf_counter() - start)
    figures["catch_up_cpu_s"] = rounded(cpu_s(servers) - used_s)
    if [each.id for each in taken] != list(dict.fromkeys(each.id for each in taken)) or len(taken) != BEHIND:
        sys.exit("not each once")
    for link in (here, there):
        await link.close()
    cable.take_away()
    return figures


def main() -> None:
    with federation(REGIONAL) as servers, tempfile.TemporaryDirectory() as folder:
        figures = uvloop.run(catch_up(servers))
        figures["fdatasync_per_s"] = rounded(fdatasyncs_per_s(Path(folder)))
    report("cluster", figures, GOALS)


if __name__ == "__main__":
    main()
