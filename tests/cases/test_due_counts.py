"""Cases are counted for their line from three days before their term on, when they change and when that moment has come."""

from datetime import timedelta

from msgspec.structs import replace

from hub.cases.due_counts import DueSoonCounters
from hub.desk.cases.parts import Cases
from tests.cases.test_actions import cases, registered
from tests.rig import Clock, Rig, eventually

__all__ = ["cases"]
TEN_DAYS = 10


async def test_a_case_is_counted_from_three_days_before_its_term_until_it_is_answered(rig: Rig, clock: Clock, cases: Cases) -> None:  # RQ-06
    near, told = DueSoonCounters(rig.store, clock, ("general", "passports")), list[int]()
    near.on_change.subscribe(lambda: told.append(near.count(["general"])))
    rig.store.on_documents.subscribe(near.stored)
    await near.start()

    async def counted(number: int) -> None:
        async def so() -> bool:
            return near.count(["general"]) == number
        await eventually(so)

    case = await registered(rig, cases)  # its own word is due in a day
    await counted(1)
    await rig.store.put(replace(case, due=clock() + timedelta(days=TEN_DAYS)))
    await counted(0)
    clock.now += timedelta(days=TEN_DAYS - 3)
    near.look()
    await counted(1)
    assert (near.count(["passports"]), told) == (0, [1, 0, 1])
    await near.close()
