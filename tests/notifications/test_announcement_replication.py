"""An announcement for the centres below is said there with its edition, as long as here, and nobody there changes it (KB-09)."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta

import pytest

from bots.russian import Russian
from hub.access.operator import Operator, Role
from hub.kernel.errors import RefusedError
from hub.link.loopback import Loopback
from hub.notifications.announcement import Announcement, Occasion, Wording
from hub.notifications.announcement_replication import AnnouncementReplication
from hub.notifications.announcer import AnnouncementService
from storage.memory import MemoryStore
from tests.federation.levels import CITY, FEDERAL, LEVELS, hearing, over
from tests.rig import Clock, eventually

ANNA, BOSS = Operator("anna", "Анна", Role.DESIGNER, ()), Operator("boss", "Борис", Role.SUPERVISOR, ())
TEXT = "Выплаты начислят до пятницы."


class Level:
    def __init__(self, code: str, clock: Clock, russian: Russian) -> None:
        self.code, self.clock, self.store = code, clock, MemoryStore(russian)

    async def start(self, lines: Loopback) -> "Level":
        self.service = AnnouncementService(self.store, self.clock, "Робот", {"line"})
        await self.service.start()
        self.replication = AnnouncementReplication(self.service, self.code, lines.link(self.code), self.clock, over=over)
        self.service.on_change.subscribe(self.replication.changed)
        self.replication.start()
        return self

    def says(self, occasion: Occasion = Occasion.GREETING) -> list[str]:
        return [each.text for each in self.service.says(occasion, "line", self.clock())]

    async def publish(self, text: str = TEXT, version: int = 0, *, below: bool = True, queues: tuple[str, ...] = ()) -> None:
        until = self.clock() + timedelta(days=1)
        await self.service.write(ANNA, "pay", version, Wording(text, Occasion.GREETING, self.clock(), until, queues, below))
        self.clock.forward(1)
        await self.service.approve(BOSS, "pay", version + 1)


@pytest.fixture
async def levels(russian: Russian) -> AsyncIterator[tuple[Loopback, Clock, Level, Level, Level]]:
    clock, lines = Clock(), Loopback(tuple(LEVELS))
    clock.now = datetime(2026, 12, 1, 9, tzinfo=UTC)
    async with AsyncExitStack() as stack:
        found = [await Level(code, clock, russian).start(lines) for code in LEVELS]
        for each in found:
            stack.push_async_callback(each.replication.close)
        await stack.enter_async_context(hearing(lines, {each.code: each.replication.kinds for each in found}))
        yield lines, clock, found[0], found[1], found[2]


async def comes(*said: tuple[Level, list[str]]) -> None:
    async def so() -> bool:
        return all(level.says() == texts for level, texts in said)
    await eventually(so)


async def test_one_text_at_all_levels_with_its_edition(levels: tuple[Loopback, Clock, Level, Level, Level]) -> None:
    # KB-09, KB-06, CH-11
    _, clock, federal, region, city = levels
    await federal.publish()
    told = [f"Объявление. {TEXT}"]
    await comes((federal, told), (region, told), (city, told))
    (there,) = city.service.all()
    assert (there.id, there.version, there.centre, there.written_by) == (f"{FEDERAL}.pay", 1, FEDERAL, "")
    for act in (city.service.withdraw(ANNA, there.id), city.service.approve(BOSS, there.id, 1)):
        with pytest.raises(RefusedError) as refused:
            await act
        assert refused.value.code == "from_above"
    await city.publish("У нас выходной.", below=False)  # what is theirs is said beside it
    assert len(city.says()) == 2
    # A new version is silent everywhere until somebody has approved it.
    until = clock() + timedelta(days=1)
    await federal.service.write(ANNA, "pay", 1, Wording("Выплаты начислены.", Occasion.GREETING, clock(), until, below=True))
    await comes((federal, []), (region, []))
    clock.forward(1)
    await federal.service.approve(BOSS, "pay", 2)
    await comes((region, ["Объявление. Выплаты начислены."]))
    assert [each.version for each in region.service.all()] == [2]
    clock.forward(1)
    await federal.service.withdraw(ANNA, "pay")
    await comes((federal, []), (region, []), (city, ["Объявление. У нас выходной."]))


async def test_a_line_that_was_down_brings_the_last_one_once(levels: tuple[Loopback, Clock, Level, Level, Level]) -> None:
    # KB-09, LV-04
    lines, clock, federal, region, city = levels
    await lines.cut(FEDERAL, CITY)
    await federal.publish()
    clock.forward(1)
    await federal.publish("Портал работает.", 1)
    await comes((region, ["Объявление. Портал работает."]))
    assert city.says() == []
    await lines.mend(FEDERAL, CITY)
    await comes((city, ["Объявление. Портал работает."]))
    await federal.replication._sender.tell()  # as at a start
    assert len(await city.store.all(Announcement)) == 1


async def test_what_is_not_meant_for_them_stays(levels: tuple[Loopback, Clock, Level, Level, Level]) -> None:
    # KB-09: territorial parts excepted
    _, clock, federal, region, city = levels
    with pytest.raises(RefusedError) as refused:
        await federal.publish(queues=("line",))
    assert refused.value.code == "bad_request"
    await federal.publish(below=False)
    await city.publish()
    clock.forward(1)
    await region.publish("Только область и её города.")
    await comes((city, [f"Объявление. {TEXT}", "Объявление. Только область и её города."]))
    assert (federal.says(), region.says()) == ([f"Объявление. {TEXT}"], ["Объявление. Только область и её города."])
    # Meant for them once, and for this centre alone now.
    clock.forward(1)
    await region.publish("Только здесь.", 1, below=False)
    await comes((city, [f"Объявление. {TEXT}"]), (region, ["Объявление. Только здесь."]))
