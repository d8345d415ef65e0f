"""Settings of the centre: versions that come into force, what stands against them, and what becomes of lines that are closed."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from msgspec.structs import replace

from hub.access.operator import Operator, Presence, Role
from hub.cases.case import Case
from hub.conversations.conversation import InQueue, hand_over
from hub.conversations.journal import HandedOver
from hub.conversations.ports import Store
from hub.dispatch.line_retirement import LineRetirement
from hub.kernel.errors import RefusedError
from hub.organisation.centre import Tariff
from hub.organisation.coverage import gaps, lines_covered
from hub.organisation.level import Level
from hub.organisation.opening_hours import Calendar
from hub.organisation.queue import Queue
from hub.organisation.settings import CentreNumber, DeploymentFacts, Settings, differences, faults, touched
from hub.organisation.settings_form import form_of, read
from hub.organisation.settings_versions import SettingsVersions
from tests.rig import ANNA, MOSCOW, Clock, Rig, eventually

ADMIN, OTHER = Operator("admin", "Админ", Role.ADMIN, ("general",)), Operator("second", "Второй", Role.ADMIN, ("general",))
GENERAL, PASSPORTS = Queue("general", "Общая", centre="077"), Queue("passports", "Паспорта", centre="077")
AROUND = DeploymentFacts("general", {"077": "Город", "001": "Область"}, {"077": Level.MUNICIPAL, "001": Level.REGIONAL}, frozenset({"mfc-1"}))
OFFICE = Calendar(queue="passports", zone="Europe/Moscow", week={"working_day": ("09:00-13:00", "14:00-18:00")}, holidays="RU")
FREE = CentreNumber("077", "+78000000000")
FIRST = Settings((GENERAL, PASSPORTS), (OFFICE,), (FREE,))
TITLED = replace(FIRST, queues=(GENERAL, replace(PASSPORTS, title="Документы")))
CLOSED = replace(FIRST, queues=(GENERAL, replace(PASSPORTS, successor="general")))


@pytest.fixture
async def settings_versions(store: Store, clock: Clock) -> AsyncIterator[SettingsVersions]:
    settings_versions = SettingsVersions(store, clock, FIRST, AROUND)
    await settings_versions.start()
    yield settings_versions
    settings_versions.close()


async def test_a_change_holds_at_once_is_kept_and_can_be_undone(settings_versions: SettingsVersions, store: Store, clock: Clock) -> None:
    # SL-02, SE-01: with its author; afterwards the file is not asked any more, and it is said where it differs
    told: list[tuple[Settings, Settings]] = []
    settings_versions.on_change.subscribe(lambda *both: told.append(both))
    made = await settings_versions.settle(ADMIN.login, 1, TITLED, why="так понятнее")
    assert (made.version, made.by, settings_versions.lines["passports"].title, told) == (2, "admin", "Документы", [(FIRST, TITLED)])
    assert await settings_versions.settle(ADMIN.login, 1, TITLED) == made  # said twice it is done once
    again = SettingsVersions(store, clock, FIRST, AROUND)
    await again.start()
    assert (again.current, again.lines["passports"].title) == (made, "Документы")
    assert again.differs == ["Линия «Документы», название: «Документы» → «Паспорта»."]
    back = await settings_versions.revert(ADMIN.login, 2, 1)
    assert (back.version, back.settings, settings_versions.current, settings_versions.differs) == (3, FIRST, back, [])
    assert [(audit_entry.what, audit_entry.about, audit_entry.by) for _, audit_entry in await store.audit_entries()][:2] == [("settings", "3", "admin"), ("settings", "2", "admin")]


async def test_of_two_administrators_at_once_one_is_told(settings_versions: SettingsVersions, store: Store, clock: Clock) -> None:  # SE-01
    elsewhere = SettingsVersions(store, clock, FIRST, AROUND)
    await elsewhere.start()
    await settings_versions.settle(ADMIN.login, 1, TITLED)
    for beside in (settings_versions, elsewhere):
        with pytest.raises(RefusedError, match="другой администратор"):
            await beside.settle(OTHER.login, 1, CLOSED)
    assert settings_versions.current.settings == TITLED


async def test_what_is_planned_begins_in_time_also_when_the_hub_was_away(settings_versions: SettingsVersions, store: Store, clock: Clock) -> None:  # SL-01
    await settings_versions.settle(ADMIN.login, 1, TITLED, since=clock() + timedelta(hours=1))
    assert (settings_versions.current.version, settings_versions.planned is None, settings_versions.lines["passports"].title) == (1, False, "Паспорта")
    with pytest.raises(RefusedError, match="намечено"):
        await settings_versions.settle(ADMIN.login, 2, CLOSED)
    clock.forward(3600)
    late = SettingsVersions(store, clock, FIRST, AROUND)
    await late.start()
    settings_versions.look()
    for each in (settings_versions, late):
        assert (each.current.version, each.planned, each.lines["passports"].title) == (2, None, "Документы")


async def test_what_is_planned_can_be_called_off(settings_versions: SettingsVersions, clock: Clock) -> None:
    await settings_versions.settle(ADMIN.login, 1, TITLED, since=clock() + timedelta(hours=1))
    await settings_versions.revert(ADMIN.login, 2, 1)
    clock.forward(7200)
    settings_versions.look()
    assert (settings_versions.current.version, settings_versions.current.settings, settings_versions.planned) == (3, FIRST, None)


def changed(what: str, place: int, **fields: Any) -> Settings:
    parts = list(getattr(FIRST, what))
    parts[place] = replace(parts[place], **fields)
    return replace(FIRST, **{what: tuple(parts)})


@pytest.mark.parametrize(("settings", "field"), [
    (replace(FIRST, queues=(PASSPORTS,)), "queues"), (replace(FIRST, queues=(GENERAL, GENERAL)), "queues"),
    (changed("queues", 1, title=" "), "queues.passports.title"), (changed("queues", 1, centre="016"), "queues.passports.centre"),
    (changed("queues", 1, mfc="mfc-2"), "queues.passports.mfc"), (changed("queues", 0, successor="passports"), "queues.general.successor"),
    (changed("queues", 1, successor="passports"), "queues.passports.successor"), (changed("queues", 1, centre="001", successor="general"), "queues.passports.successor"),
    (changed("hours", 0, queue="gone"), "hours.0.queue"), (changed("hours", 0, centre="001"), "hours.0.centre"),
    (changed("numbers", 0, number="8 800"), "numbers.0.number"), (changed("numbers", 0, tariff=Tariff.PAID), "numbers.0.tariff"),
    (changed("numbers", 0, published=False), "numbers"), (replace(FIRST, numbers=(FREE, FREE)), "numbers.1.number")])
def test_what_cannot_be_is_named_with_its_field(settings: Settings, field: str) -> None:
    # SL-02: a number that is not free is never published; LV-08: a centre keeps a published one
    assert [each.field for each in faults(settings, AROUND)][:1] == [field]
    assert faults(FIRST, AROUND) == []


@pytest.mark.parametrize(("change", "field"), [
    ({"week": {"monday": ["9-18"]}}, "hours.0.week.monday"), ({"zone": "Moon/Base"}, "hours.0.zone"), ({"week": {"holiday": []}, "holidays": ""}, "hours.0.holidays")])
def test_hours_as_people_type_them_are_read_or_named(change: dict[str, Any], field: str) -> None:  # CH-11
    form = form_of(FIRST)
    assert read(form) == (FIRST, [])
    settings, found = read(replace(form, hours=[replace(form.hours[0], **change)]))
    assert (settings, [each.field for each in found]) == (None, [field])


def test_what_changes_is_said_in_words_and_whose_it_is() -> None:
    after = Settings((replace(GENERAL, skills={"law": 2}), Queue("tax", "Налоги", centre="001")), (replace(OFFICE, week={"every_day": ("08:00-20:00",)}),),
                     (replace(FREE, published=False),))
    assert differences(FIRST, after) == [
        "Новая линия «Налоги» (tax).", "Линия «Паспорта» удаляется.", "Линия «Общая», навыки: — → law 2.",
        "Часы линии «Паспорта», неделя: будни 09:00-13:00, 14:00-18:00 → ежедневно 08:00-20:00.",
        "Номер +78000000000 (центр 077, бесплатный, опубликован) → +78000000000 (центр 077, бесплатный, не опубликован)."]
    assert touched(FIRST, after) == {"077", "001"}
    assert differences(FIRST, FIRST) == []


def test_cover_of_the_days_to_come_shows_each_gap() -> None:
    # SL-01: a line that never closes covers its centre; without it every night gapes
    now = datetime(2026, 1, 12, 6, tzinfo=UTC)  # a Monday, 9:00 in Moscow
    assert gaps(FIRST, now) == []
    alone = replace(FIRST, queues=(replace(GENERAL, successor="passports"), PASSPORTS))
    found = gaps(alone, now)
    assert [(each.centre, each.begins.astimezone(MOSCOW).hour, each.ends.astimezone(MOSCOW).hour) for each in found[:2]] == [("077", 13, 14), ("077", 18, 9)]
    general, passports = lines_covered(FIRST, now.date(), MOSCOW)
    assert (len(general.days), general.days[0].spans, passports.days[0].spans) == (60, [(0, 1440)], [(540, 780), (840, 1080)])


async def test_a_closed_line_empties_into_its_successor_with_the_citizens_clock(rig: Rig, settings_versions: SettingsVersions, clock: Clock) -> None:
    # D3, CH-09: who waits goes on at once, and so does who comes later
    line_retirement = LineRetirement(rig.sequencer, rig.store, settings_versions.lines, partial(rig.store.count, Case, "home"))
    rig.sequencer.on_commit.react.subscribe(line_retirement.committed)
    settings_versions.in_use.answer_by(line_retirement.in_use)
    settings_versions.on_change.subscribe(lambda _before, _after: line_retirement.look_soon())
    first, since = await moved(rig, "passports"), clock()
    gone = replace(FIRST, queues=(GENERAL,), hours=())
    clock.forward(5)
    with pytest.raises(RefusedError, match="ждут"):
        await settings_versions.settle(ADMIN.login, 1, gone)
    await settings_versions.settle(ADMIN.login, 1, CLOSED)
    await eventually(lambda: stands_in(rig, first, "general"))
    holder = (await rig.holds(first)).holder
    assert isinstance(holder, InQueue)
    assert holder.since == since
    later = await moved(rig, "passports", "two")
    await eventually(lambda: stands_in(rig, later, "general"))
    with pytest.raises(RefusedError, match="Ольга"):  # whose account still names it
        await settings_versions.settle(ADMIN.login, 2, gone)
    await line_retirement.close()


async def moved(rig: Rig, queue: str, who: str = "one") -> int:
    """A conversation that waits in a line."""
    conversation = await rig.waiting(who=who)
    live = await rig.sequencer.load(conversation)
    assert isinstance(live.head.holder, InQueue)
    after = InQueue(queue, live.head.holder.since)
    await rig.sequencer.committed_step(live, (HandedOver(rig.clock(), after, "transferred"),), head=hand_over(live.head, after))
    return conversation


async def stands_in(rig: Rig, conversation: int, queue: str) -> bool:
    return conversation in {head.id for head in await rig.store.waiting([queue])}


async def test_what_a_line_needs_counts_at_once_for_who_waits(rig: Rig) -> None:
    # CH-08, CH-10: before its ring has come nobody without the skill is asked; when the skill is no longer asked for, he is
    rig.lines.change([replace(GENERAL, skills={"law": 3}), PASSPORTS])
    rig.dispatch.set_presence(ANNA, Presence.READY)
    conversation = await rig.waiting()
    assert rig.dispatch.offer(conversation, ANNA.login) is None
    rig.lines.change([GENERAL, PASSPORTS])
    rig.dispatch.renew_lines(["general"])

    async def offered() -> bool:
        return rig.dispatch.offer(conversation, ANNA.login) is not None
    await eventually(offered)
