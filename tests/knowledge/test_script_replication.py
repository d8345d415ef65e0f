"""Scripts go down the levels with their version: read-only below, withdrawn with that above, none doubled (KB-09)."""

from collections.abc import AsyncIterator

import pytest
from msgspec.structs import replace

from bots.russian import Russian
from hub.access.operator import Operator, Role
from hub.kernel.errors import RefusedError
from hub.knowledge.scripts.library import ScriptLibrary
from hub.knowledge.scripts.replication import ScriptReplication
from hub.knowledge.scripts.script import END, Script
from hub.link.loopback import Loopback
from storage.memory import MemoryStore
from tests.federation.levels import CITY, FEDERAL, LEVELS, REGION, hearing, over
from tests.knowledge.test_script import script, step
from tests.rig import ANNA, TOPICS, Clock, eventually

BOSS = Operator("editor", "Ева", Role.DESIGNER)
LOAN = script(step("need", END, mandatory=True))
NEW = replace(LOAN, title="Заём по-новому")


class Centre:
    def __init__(self, code: str, lines: Loopback, russian: Russian, clock: Clock) -> None:
        self.lines, self.clock = lines, clock
        self.store = MemoryStore(russian)
        self.library = ScriptLibrary(self.store, clock, TOPICS, (LOAN,))
        self.replication = ScriptReplication(self.library, code, lines.link(code), clock, over=over, level=LEVELS.__getitem__)
        self.library.on_publish.subscribe(self.replication.published)

    async def told(self) -> None:
        async def quiet() -> bool:
            return not self.replication._sender._tasks._tasks and not any(self.lines._in.values())
        await eventually(quiet)

    async def publish(self, wanted: Script) -> None:
        self.clock.forward(1)
        newest = self.library.versions(wanted.key)[0].version if wanted.key in {each.key for each in self.library.all()} else 0
        draft = await self.library.write(ANNA, newest, wanted)
        await self.library.approve(BOSS, wanted.key, draft.version)
        await self.told()

    @property
    def told_of(self) -> list[tuple[str, str, int]]:
        return [(each.key, each.script.title, each.version) for each in self.library.in_force()]


@pytest.fixture
def lines() -> Loopback:
    return Loopback(tuple(LEVELS))


@pytest.fixture
async def centres(lines: Loopback, russian: Russian, clock: Clock) -> AsyncIterator[list[Centre]]:
    found = {code: Centre(code, lines, russian, clock) for code in LEVELS}
    for each in found.values():
        await each.library.start()
    async with hearing(lines, {code: each.replication.kinds for code, each in found.items()}):
        yield list(found.values())
    for each in found.values():
        await each.replication.close()
        await each.store.close()


async def test_a_script_goes_down_and_is_changed_only_above(centres: list[Centre]) -> None:
    # KB-09, KB-01
    federal, region, city = centres
    assert [each.told_of for each in centres] == [[("loan", "Заём", 1)]] * 3
    await federal.publish(NEW)
    assert [each.told_of for each in centres] == [[("loan", NEW.title, 2)], *[[("000.loan", NEW.title, 2)]] * 2]
    await region.publish(replace(LOAN, title="Свой заём"))  # the country's stands for it, here and below
    await region.publish(replace(LOAN, key="field", title="Поле"))  # another key is a local addition
    assert region.told_of == [("000.loan", NEW.title, 2), ("field", "Поле", 1)]
    assert city.told_of == [("000.loan", NEW.title, 2), ("001.field", "Поле", 1)]
    assert federal.told_of == [("loan", NEW.title, 2)]
    for change in (region.library.withdraw(BOSS, "000.loan"), region.library.approve(BOSS, "000.loan", 2)):
        with pytest.raises(RefusedError) as refused:
            await change
        assert refused.value.code == "from_above"
    received = region.library.edition("000.loan", 2)
    assert (received.written_by, received.approval and received.approval.by) == ("", "")


async def test_a_script_withdrawn_above_is_withdrawn_below(centres: list[Centre]) -> None:
    # KB-09: also where it had only come with Okno
    federal, region, city = centres
    await federal.library.withdraw(BOSS, "loan")
    await federal.told()
    assert [each.told_of for each in centres] == [[], [], []]
    await region.publish(NEW)
    federal.replication.start()
    await federal.told()
    assert [each.told_of for each in centres] == [[], [("loan", NEW.title, 2)], [("001.loan", NEW.title, 2)]]
    assert city.library.edition("loan", 1).withdrawn is not None


async def test_a_hub_that_was_cut_off_catches_up(lines: Loopback, centres: list[Centre]) -> None:
    # KB-09, LV-04
    federal, region, city = centres
    await federal.publish(NEW)
    await lines.cut(FEDERAL, REGION)
    for title in ("Раз", "Два"):
        await federal.publish(replace(LOAN, title=title))
    await federal.publish(replace(LOAN, key="gone", title="Лишний"))
    await federal.library.withdraw(BOSS, "gone")
    await federal.told()
    assert (region.told_of, city.told_of) == ([("000.loan", NEW.title, 2)], [("000.loan", "Два", 4)])
    await lines.mend(FEDERAL, REGION)
    for _ in range(2):
        federal.replication.start()
        await federal.told()
    assert region.told_of == city.told_of == [("000.loan", "Два", 4)]
    assert [each.version for each in region.library.versions("000.loan")] == [4, 3, 2]
    assert CITY not in {each.centre for each in region.library.all()}
