"""Three levels, each a deployment of its own, whose lines are cut while people are handed over (LV-01, LV-04, FD-06, RT-08)."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Collection
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from random import Random

import pytest

from hub.reporting.interval_figures import COUNTED
from tests.channels.line import PATIENCE_S
from tests.house import House, people
from tests.journeys.branches import Country
from tests.journeys.country import FEDERAL, LEVELS, settled
from tests.journeys.country_ledger import faults_at_rest
from tests.journeys.test_kill import seed
from tests.peers.cable import Cable
from tests.peers.nats import ABOVE, Federation, federation

CUT_S = float(os.environ.get("OKNO_TEST_CUT_S", "3"))
"""So long the lines are cut: 60 for a proof, not for every day."""
EVERY_S, AROUND_S, TOGETHER_S = 2.5, max(2.5, CUT_S / 3), 240
"""People are handed over also for so long before the cut and after it."""


@pytest.mark.timeout(TOGETHER_S + 4 * CUT_S)
async def test_a_line_that_is_cut_loses_and_doubles_nothing(tmp_path: Path) -> None:
    # LV-01, LV-04, RT-08, RT-10, SL-05
    with federation(*ABOVE) as servers:
        async with cables(servers) as lines, hubs(tmp_path, servers) as houses, AsyncExitStack() as stack, asyncio.timeout(TOGETHER_S + 4 * CUT_S):
            country = Country(Random(seed()))
            for code, house in houses.items():
                branch = country.add(code, house, await stack.enter_async_context(people(house)))
                await branch.open(4, ready=code == FEDERAL)

            async def trouble() -> None:
                over = asyncio.Event()
                coming = country.tasks.create_task(country.keep_coming(EVERY_S, over))
                await asyncio.sleep(AROUND_S)
                for line in lines:
                    line.still = True
                await asyncio.sleep(CUT_S)
                for line in lines:
                    line.still = False
                    line.cut()
                await asyncio.sleep(AROUND_S)
                over.set()
                await coming
            await country.live(trouble)
            faults, became = await faults_at_rest(country, servers)
            print(dict(became))
            assert not faults, "\n".join(faults[:20])
            await the_sum_of_its_parts(country, houses.values())


async def the_sum_of_its_parts(country: Country, houses: Collection[House]) -> None:
    """FD-06: once the day is over, the federal centre has the figures of each, and their sum."""
    day = (await country.branches[FEDERAL].admin.does("GET", "/api/figures"))["today"]
    assert set(await asyncio.gather(*(asyncio.to_thread(house.stop) for house in houses))) == {0}
    for house in houses:
        house.program = (sys.executable, "-m", "tests.journeys.tomorrow")
    await asyncio.gather(*(asyncio.to_thread(house.start) for house in houses))
    admins = {code: await branch.present.admin() for code, branch in country.branches.items()}
    asked = f"/api/figures/national?day={day}"
    async with asyncio.timeout(PATIENCE_S):
        while len((told := await admins[FEDERAL].does("GET", asked))["reports"]) < len(admins):  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.4)
    reports = {each["centre"]: each for each in told["reports"]}
    for code, admin in admins.items():
        own = {each["centre"]: each for each in (await admin.does("GET", asked))["reports"]}
        assert reports[code]["figures"] == own[code]["figures"]
    for name, _ in COUNTED:
        assert told["total"][name] == pytest.approx(sum(each["figures"][name] for each in reports.values())), name
    assert all(each["version"] == 1 and each["figures"]["offered"] for each in reports.values())


@asynccontextmanager
async def hubs(folder: Path, servers: Federation) -> AsyncIterator[dict[str, House]]:
    """One a level, started together, each of which reports to the federal one."""
    houses = {code: House(folder / code, settled(folder / code, code, servers, "" if code == FEDERAL else FEDERAL)) for code in LEVELS}
    try:
        await asyncio.gather(*(asyncio.to_thread(house.start) for house in houses.values()))
        yield houses
    finally:
        for house in houses.values():
            house.kill()
            print(house.log.read_text("utf8")[-4000:])  # shown with the test that fails


@asynccontextmanager
async def cables(servers: Federation) -> AsyncIterator[list[Cable]]:
    """Between each server and the one above it."""
    lines = []
    for below, port in servers.cables.items():
        lines.append(line := Cable(servers.leaves[ABOVE[below]], lines=False))
        line.port = port
        await line.lay()
    try:
        yield lines
    finally:
        for line in lines:
            await line.put_away()
