"""More is said than the robot has time for: it answers in haste, and what it owes outlives whatever ends the hub."""

import asyncio
import re
from pathlib import Path
from random import Random

from tests.house import Clerk, People, house_in, people
from tests.journeys.ledger import OWED, answers_amiss, faults_of
from tests.journeys.street import Resident, Street
from tests.journeys.test_kill import questions, seed, stopped
from tests.rig import eventually

__all__ = ["questions"]
CITIZENS, AT_ONCE, ENOUGH = 100, 10, 60
"""Sayings of each until the first stop: far more than is understood meanwhile, and no more the quicker understanding becomes."""
TOGETHER_S = 280
"""Alone it takes a quarter of that."""


async def hasty(present: People, base: str) -> bool:
    """Whether any saying was understood in haste since the hub began."""
    async with present.http.get(f"{base}/metrics") as answer:
        found = re.search(r'okno_nlu_messages_total\{how="fast"\} (\S+)', await answer.text())
    assert found is not None
    return float(found[1]) > 0


async def answered(resident: Resident, admin: Clerk) -> None:
    """Until the robot owes him nothing; what a dialogue says at once may be several messages, so he cannot count it himself."""
    async def nothing_owed() -> bool:
        return not any(fault.endswith(OWED) for fault in answers_amiss(await admin.timeline(resident.citizen.conversation)))
    await eventually(nothing_owed)


# CH-06: what is owed when the hub is told to stop, or ends without warning, is answered by the next one, once.
async def test_overload_is_late_by_little_and_loses_nothing(tmp_path: Path, questions: list[str]) -> None:
    chance = Random(seed())
    with house_in(tmp_path) as house:
        async with people(house) as present, asyncio.timeout(TOGETHER_S):
            admin = await present.admin()
            street = Street(house, ENOUGH)
            residents = [Resident(n, street, present.http, Random(chance.random()), questions, calls=False) for n in range(CITIZENS)]
            for resident in residents:
                resident.burst = AT_ONCE
            async with asyncio.TaskGroup() as tasks:
                for resident in residents:
                    tasks.create_task(resident.live())
                await street.more(CITIZENS * AT_ONCE)
                await eventually(lambda: hasty(present, house.base))
                street.up.clear()
                street.enough += 2 * AT_ONCE
                assert await stopped(house) == 0
                await street.power_back()
                await street.more(CITIZENS * AT_ONCE)
                street.power_cut()
                await street.power_back()
                street.home.set()
            for resident in residents:
                await answered(resident, admin)
            faults = [fault for resident in residents for fault in await faults_of(resident, admin, {})]
        assert not faults, "\n".join(faults[:20])
        assert not house.complaints()


# KB-02: whoever comes while understanding is not warm yet is answered by the dialogue all the same.
async def test_the_first_who_comes_is_answered(tmp_path: Path) -> None:
    with house_in(tmp_path) as house:
        async with people(house) as present:
            citizen = await present.citizen()
            await citizen.say("подскажите как получить загранпаспорт", "first")
            while (heard := await citizen.line.hear("message"))["author"] != "bot" or "source" not in heard:
                pass
            assert heard["source"]["article"] == "foreign-passport-10/order"
