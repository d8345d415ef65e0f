"""What an operator has put off comes back: at its time, when the citizen writes, with its operator's shift, over restarts."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from hub.access.operator import Presence
from hub.actions.snooze import Snooze
from hub.actions.snooze_service import SnoozeService
from hub.conversations.conversation import InQueue, WithOperator
from hub.conversations.ports import Store
from hub.organisation.opening_hours import Calendar, Hours, morning
from tests.actions.test_promise_watch import HOUR, refusal, taken
from tests.rig import ANNA, OLGA, Clock, Rig, eventually

MOSCOW, NIGHT = ZoneInfo("Europe/Moscow"), datetime(2026, 1, 15, 20, 30, tzinfo=UTC)


def snoozing_of(rig: Rig) -> SnoozeService:
    made = SnoozeService(rig.sequencer, rig.store, rig.actions)
    rig.sequencer.on_commit.project.subscribe(made.committed)
    return made


@pytest.fixture
async def snooze_service(rig: Rig) -> AsyncIterator[SnoozeService]:
    made = snoozing_of(rig)
    await made.start()
    yield made
    await made.close()


async def back(rig: Rig, snooze_service: SnoozeService, conversation: int) -> None:
    """Until it is put off neither in memory nor in the store."""
    async def ended() -> bool:
        return snooze_service.of(conversation) is None and await rig.store.get(Snooze, str(conversation)) is None
    await eventually(ended)


async def test_it_comes_back_at_its_time_and_not_before(rig: Rig, snooze_service: SnoozeService, clock: Clock) -> None:  # SL-04, CH-08
    conversation = await taken(rig)
    rang: list[int] = []
    snooze_service.on_change.subscribe(rang.append)
    await snooze_service.put_off(ANNA, conversation, clock() + timedelta(hours=1), "ждёт справку")
    snooze = snooze_service.by("anna")[0]
    assert (snooze.conversation, snooze.why, rig.dispatch.load("anna"), rig.promises.open) == (conversation, "ждёт справку", 25, 0)
    assert isinstance((await rig.holds(conversation)).holder, WithOperator)
    clock.forward(HOUR - 1)
    await snooze_service.start()
    assert snooze_service.of(conversation) == snooze
    clock.forward(1)
    snooze_service.look()
    await back(rig, snooze_service, conversation)
    assert rang == [conversation, conversation]
    assert [d.what for _, d in await rig.store.audit_entries()][:1] == ["snooze"]


@pytest.mark.parametrize("until_h", [None, 1])
async def test_the_citizen_who_writes_has_it_back_at_once(rig: Rig, snooze_service: SnoozeService, clock: Clock, until_h: int | None) -> None:  # CH-08
    conversation = await taken(rig)
    await snooze_service.put_off(ANNA, conversation, clock() + timedelta(hours=until_h) if until_h else None, "")
    await rig.actions.say(ANNA, conversation, "k", "Жду справку", internal=False)
    await rig.told()
    assert snooze_service.of(conversation) is not None
    await rig.say("Вот справка", "here")
    await back(rig, snooze_service, conversation)
    await snooze_service.put_off(ANNA, conversation, None, "")
    await snooze_service.bring_back(ANNA, conversation)
    await snooze_service.bring_back(ANNA, conversation)
    await back(rig, snooze_service, conversation)


async def test_who_goes_off_shift_gives_it_back_with_all_the_others(rig: Rig, snooze_service: SnoozeService, clock: Clock) -> None:  # SL-05, CH-08
    conversation = await taken(rig)
    rig.ready(ANNA)
    await snooze_service.put_off(ANNA, conversation, clock() + timedelta(hours=5), "")
    rig.dispatch.set_presence(ANNA, Presence.OFFLINE)
    await back(rig, snooze_service, conversation)
    assert isinstance((await rig.holds(conversation)).holder, InQueue)
    await rig.actions.take(OLGA, conversation)
    assert snooze_service.by("anna") == snooze_service.by("olga") == []


async def test_a_restart_keeps_it_and_makes_up_for_what_was_missed(store: Store, clock: Clock) -> None:  # ST-02
    first = await Rig(store, clock).start()
    before = snoozing_of(first)
    await before.start()
    kept, missed, written = [await taken(first, citizen=name) for name in ("one", "two", "three")]
    for conversation, hours in ((kept, 3), (missed, 1), (written, 3)):
        await before.put_off(ANNA, conversation, clock() + timedelta(hours=hours), "")
    await before.close()  # it hears of nothing from now on
    first.sequencer.on_commit.project.unsubscribe(before.committed)
    await first.say("Я вернулся", "back", who="three")
    await first.stop()
    clock.forward(2 * HOUR)
    second = await Rig(store, clock, (1 << 40, "")).start()
    after = snoozing_of(second)
    await after.start()
    assert [each.conversation for each in after.by("anna")] == [kept]
    assert [each.conversation for each in await store.all(Snooze)] == [kept]
    await after.close()
    await second.stop()


async def test_what_may_not_be_put_off_is_refused(rig: Rig, snooze_service: SnoozeService, clock: Clock) -> None:  # SL-05
    conversation, soon = await taken(rig), clock() + timedelta(hours=1)
    assert await refusal(snooze_service.put_off(OLGA, conversation, soon, "")) == "not_yours"
    for moment in (clock(), clock() + timedelta(days=31)):
        assert await refusal(snooze_service.put_off(ANNA, conversation, moment, "")) == "bad_moment"
    await rig.promise_actions.promise(ANNA, conversation, "надо уточнить")
    assert await refusal(snooze_service.put_off(ANNA, conversation, soon, "")) == "not_yours"
    await rig.actions.take(ANNA, conversation)
    assert await refusal(snooze_service.put_off(ANNA, conversation, clock() + timedelta(hours=25), "")) == "owed_before"
    await snooze_service.put_off(ANNA, conversation, soon, "")
    assert await refusal(snooze_service.bring_back(OLGA, conversation)) == "not_yours"


@pytest.mark.parametrize(("calendar", "expected"), [
    ({"week": {"working_day": ["08:30-17:00"]}, "holidays": "RU"}, datetime(2026, 1, 16, 8, 30, tzinfo=MOSCOW)),
    ({"week": {"every_day": ["круглосуточно"]}}, datetime(2026, 1, 16, 9, tzinfo=MOSCOW)),
    ({"week": {"monday": ["10:00-12:00"]}}, datetime(2026, 1, 19, 10, tzinfo=MOSCOW)),
    (None, datetime(2026, 1, 16, 9, tzinfo=MOSCOW)),
])
def test_the_morning_is_that_of_the_centres_calendar(calendar: dict[str, Any] | None, expected: datetime) -> None:  # CH-11
    calendars = [msgspec.convert(calendar, Calendar)] if calendar else []
    assert morning(Hours(calendars, "077"), NIGHT, MOSCOW) == expected
