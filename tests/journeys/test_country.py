"""Three levels, each a deployment of its own, whose lines are cut while people are handed over (LV-01, LV-04, FD-06, RT-08)."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from random import Random

import pytest

from hub.national import COUNTED
from tests.channels.line import PATIENCE_S
from tests.house import house_in, people
from tests.journeys.country import FEDERAL, LEVELS, settled
from tests.journeys.country_ledger import faults_at_rest
from tests.journeys.test_kill import seed
from tests.journeys.visits import LOOKS_S, Country
from tests.peers.cable import Cable
from tests.peers.nats import Federation, federation

CUT_S = float(os.environ.get("OKNO_TEST_CUT_S", "3"))
"""So long the line is cut: 60 for a proof, not for every day."""
EVERY_S, TOGETHER_S = 2.5, 240


@pytest.mark.timeout(TOGETHER_S + 4 * CUT_S)
async def test_a_line_that_is_cut_loses_and_doubles_nothing(tmp_path: Path) -> None:
    # LV-01, LV-04, RT-08, RT-10, SL-05
    with federation("077", "501") as servers:
        async with cables(servers) as lines, AsyncExitStack() as stack, asyncio.timeout(TOGETHER_S + 4 * CUT_S):
            country = Country(Random(seed()))
            for code in LEVELS:
                config = settled(tmp_path / code, code, servers, "" if code == FEDERAL else FEDERAL)
                house = stack.enter_context(house_in(tmp_path / code, config))
                branch = country.add(code, house, await stack.enter_async_context(people(house)))
                await branch.open(4, ready=code == FEDERAL)

            async def trouble() -> None:
                over = asyncio.Event()
                coming = country.tasks.create_task(country.keep_coming(EVERY_S, over))
                await asyncio.sleep(EVERY_S)
                for line in lines:
                    line.still = True
                await asyncio.sleep(CUT_S)
                for line in lines:
                    line.still = False
                    line.cut()
                await asyncio.sleep(EVERY_S)
                over.set()
                await coming
            await country.live(trouble)
            faults, became = await faults_at_rest(country, servers)
            print(dict(became))
            assert not faults, "\n".join(faults[:20])
            await the_sum_of_its_parts(country)


async def the_sum_of_its_parts(country: Country) -> None:
    """FD-06: once the day is over, the federal centre has the figures of each, and their sum."""
    day = (await country.branches[FEDERAL].admin.does("GET", "/api/figures"))["today"]
    for branch in country.branches.values():
        house = branch.street.house
        assert await asyncio.to_thread(house.stop) == 0
        house.program = (sys.executable, "-m", "tests.journeys.tomorrow")
        await asyncio.to_thread(house.start)
    admins = {code: await branch.present.admin() for code, branch in country.branches.items()}
    asked = f"/api/figures/national?day={day}"
    async with asyncio.timeout(PATIENCE_S):
        while len((told := await admins[FEDERAL].does("GET", asked))["reports"]) < len(admins):  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(LOOKS_S)
    reports = {each["centre"]: each for each in told["reports"]}
    for code, admin in admins.items():
        own = {each["centre"]: each for each in (await admin.does("GET", asked))["reports"]}
        assert reports[code]["figures"] == own[code]["figures"]
    for name in COUNTED:
        assert told["total"][name] == pytest.approx(sum(each["figures"][name] for each in reports.values())), name
    assert all(each["version"] == 1 and each["figures"]["offered"] for each in reports.values())


@asynccontextmanager
async def cables(servers: Federation) -> AsyncIterator[list[Cable]]:
    """Between each server and the one above it."""
    lines = []
    for below, port in servers.cables.items():
        lines.append(line := Cable(int(servers.leaves[{"077": "001", "501": "077"}[below]]), lines=False))
        line.port = port
        await line.lay()
    try:
        yield lines
    finally:
        for line in lines:
            await line.put_away()
