"""The auto-informer says what is approved and in force, to the second, and nothing else."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.access.operator import Operator, Role
from hub.conversations.ports import Store
from hub.kernel.errors import RefusedError
from hub.notifications.announcement import Announcement, Occasion, State, Wording, approve, heard, state, withdraw, write
from hub.notifications.announcer import AnnouncementService
from okno.rooms.base import ROBOT
from tests.rig import ANNA, BOSS, OLGA, QUEUES, Clock, Rig

NOW = datetime(2026, 11, 25, 9, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def at(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def wording(begins: float = 0, ends: float = 3600, *, text: str = "Портал не работает", occasion: Occasion = Occasion.GREETING,
            queues: tuple[str, ...] = ()) -> Wording:
    return Wording(text, occasion, at(begins), at(ends), queues)


def approved(what: Wording, id_: str = "a") -> Announcement:
    return approve(write(None, id_, what, "anna", at(-60)), "boss", at(-30))


def said(announcements: list[Announcement], now: datetime, *, occasion: Occasion = Occasion.GREETING, queue: str = "general") -> list[str]:
    return [each.id for each in heard(announcements, occasion, queue, now)]


def test_it_is_said_from_its_first_second_until_just_before_its_last() -> None:
    # CH-11
    one = approved(wording(10, 20))
    heard_at = [second for second in range(30) if said([one], at(second))]
    assert heard_at == list(range(10, 20))
    assert [state(one, at(second)) for second in (9, 10, 19, 20)] == [State.APPROVED, State.IN_FORCE, State.IN_FORCE, State.EXPIRED]
    assert state(one, at(20) - timedelta(microseconds=1)) is State.IN_FORCE


def test_only_another_person_approves() -> None:
    # CH-11
    draft = write(None, "a", wording(), "anna", NOW)
    assert state(draft, NOW) is State.DRAFT
    assert said([draft], NOW) == []
    with pytest.raises(RefusedError) as refused:
        approve(draft, "anna", NOW)
    assert refused.value.code == "own_announcement"
    after = approve(draft, "boss", NOW)
    assert said([after], NOW) == ["a"]
    assert approve(after, "olga", at(5)) == after


def test_another_version_is_nobody_s_approval() -> None:
    # CH-11
    edited = write(approved(wording()), "a", wording(text="Портал снова не работает"), "olga", NOW)
    assert (edited.version, edited.written_by, edited.approval) == (2, "olga", None)
    assert said([edited], NOW) == []
    assert said([approve(edited, "anna", NOW)], NOW) == ["a"]


def test_what_is_withdrawn_is_silent_at_once_and_may_be_written_anew() -> None:
    # CH-11
    gone = withdraw(approved(wording()), at(1))
    assert (state(gone, at(1)), said([gone], at(1))) == (State.WITHDRAWN, [])
    with pytest.raises(RefusedError):
        approve(gone, "olga", at(2))
    assert state(write(gone, "a", wording(), "anna", at(3)), at(3)) is State.DRAFT


def test_what_is_over_is_not_approved_and_dates_have_their_order() -> None:
    # CH-11
    with pytest.raises(RefusedError) as refused:
        approve(write(None, "a", wording(0, 10), "anna", NOW), "boss", at(10))
    assert refused.value.code == "not_approvable"
    for begins, ends in ((10, 10), (11, 10)):
        with pytest.raises(RefusedError) as refused:
            write(None, "a", wording(begins, ends), "anna", NOW)
        assert refused.value.code == "bad_dates"


def test_each_is_said_on_its_occasion_about_its_lines_in_order() -> None:
    # CH-11
    everywhere, here, elsewhere, linking = (
        approved(wording(-5), "z"), approved(wording(-9, queues=("general", "social")), "b"), approved(wording(queues=("social",)), "c"),
        approved(wording(occasion=Occasion.JOINING), "d"))
    all_of_them = [everywhere, here, elsewhere, linking]
    assert said(all_of_them, NOW) == ["b", "z"]
    assert said(all_of_them, NOW, queue="social") == ["b", "z", "c"]
    assert said(all_of_them, NOW, occasion=Occasion.JOINING) == ["d"]
    assert said(all_of_them, NOW, occasion=Occasion.CLOSED) == []


DEEDS = st.sampled_from(["write", "approve", "withdraw", "wait"])
PEOPLE = st.sampled_from(["anna", "boss", "olga"])


@given(st.lists(st.tuples(DEEDS, PEOPLE, st.integers(-50, 50), st.integers(1, 60)), max_size=12))
def test_whatever_people_do_nothing_unapproved_or_expired_is_said(audit_entries: list[tuple[str, str, int, int]]) -> None:
    # CH-11: against a plain memory of what was done
    now, one, author, approver, gone, dates = NOW, None, "", "", False, (NOW, NOW)
    for audit_entry, who, number, length in audit_entries:
        if audit_entry == "wait":
            now += timedelta(seconds=length)
        elif audit_entry == "write":
            dates = now + number * SECOND, now + (number + length) * SECOND
            one = write(one, "a", Wording(f"{number}", Occasion.GREETING, *dates), who, now)
            author, approver, gone = who, "", False
        elif one and audit_entry == "withdraw":
            one, gone = withdraw(one, now), True
        elif one and audit_entry == "approve":
            try:
                one = approve(one, who, now)
            except RefusedError:
                assert who == author or gone or now >= dates[1]
            else:
                approver = approver or who
        expected = bool(approver) and approver != author and not gone and dates[0] <= now < dates[1]
        assert bool(one and said([one], now)) == expected


DESIGNER = Operator("dina", "Дина", Role.DESIGNER)


async def test_every_version_is_in_the_audit_and_survives_a_restart(store: Store, clock: Clock) -> None:
    # CH-11, SE-01
    announcement_service = AnnouncementService(store, clock, ROBOT, [queue.id for queue in QUEUES])
    changes: list[Announcement] = []
    announcement_service.on_change.subscribe(changes.append)
    first = Wording("Раз", Occasion.JOINING, clock(), clock() + timedelta(hours=1), ("general",))
    second = Wording("Два", Occasion.JOINING, clock(), clock() + timedelta(hours=1))
    await announcement_service.write(DESIGNER, "a", 0, first)
    await announcement_service.write(DESIGNER, "a", 1, second)
    await announcement_service.approve(BOSS, "a", 2)
    await announcement_service.withdraw(BOSS, "a")
    assert [(audit_entry.by, audit_entry.what, audit_entry.about, audit_entry.detail.partition(";")[0]) for _, audit_entry in reversed(await store.audit_entries())] == [
        ("dina", "announcement", "a", "1. joining"), ("dina", "announcement", "a", "2. joining"),
        ("boss", "announcement_approved", "a", "2"), ("boss", "announcement_withdrawn", "a", "2")]
    assert [audit_entry.detail for _, audit_entry in await store.audit_entries()][-1] == "1. joining; general; 2026-01-01T03:00Z – 2026-01-01T04:00Z: Раз"
    again = AnnouncementService(store, clock, ROBOT, ())
    await again.start()
    assert again.all() == announcement_service.all() == [changes[-1]]
    assert len(changes) == 4


async def test_what_somebody_else_has_changed_is_not_overwritten_or_approved_unread(store: Store, clock: Clock) -> None:
    # CH-11
    announcement_service = AnnouncementService(store, clock, ROBOT, ["general"])
    text = Wording("Раз", Occasion.GREETING, clock(), clock() + timedelta(hours=1))
    written = await announcement_service.write(DESIGNER, "a", 0, text)
    assert await announcement_service.write(DESIGNER, "a", 0, text) == written  # sent twice, stored once
    outcomes = await asyncio.gather(
        announcement_service.write(OLGA, "a", 1, Wording("Два", *text_of(text))), announcement_service.write(ANNA, "a", 1, Wording("Три", *text_of(text))),
        announcement_service.approve(BOSS, "a", 1), announcement_service.approve(BOSS, "b", 1), announcement_service.withdraw(BOSS, "b"), return_exceptions=True)
    assert [getattr(outcome, "code", "") for outcome in outcomes] == ["", "other_version", "other_version", "no_such_announcement", "no_such_announcement"]
    with pytest.raises(RefusedError, match="nowhere"):
        await announcement_service.write(DESIGNER, "b", 0, Wording("Раз", *text_of(text), ("nowhere",)))


def text_of(other: Wording) -> tuple[Occasion, datetime, datetime]:
    return other.occasion, other.valid_from, other.valid_until


async def announce(rig: Rig, text: str, occasion: Occasion, seconds: float = 3600, queues: tuple[str, ...] = ()) -> None:
    await rig.announcement_service.write(DESIGNER, text, 0, Wording(text, occasion, rig.clock(), rig.clock() + timedelta(seconds=seconds), queues))
    await rig.announcement_service.approve(BOSS, text, 1)


async def test_citizens_hear_it_while_it_holds_and_reach_a_person_all_the_same(rig: Rig, clock: Clock) -> None:
    # CH-11: at the greeting and in line; nothing of it delays the way to an operator
    await announce(rig, "Портал стоит", Occasion.GREETING, 60)
    await announce(rig, "Паспорта позже", Occasion.JOINING, 60, ("passports",))
    await announce(rig, "Ждать долго", Occasion.JOINING, 60, ("general",))
    early = await rig.waiting(who="early")
    assert [text.partition("\n")[0] for text in await rig.said(early)] == ["Здравствуйте", "Объявление. Портал стоит", "оператор", "Соединяю", "Объявление. Ждать долго"]
    clock.forward(60)
    late = await rig.waiting(who="late")
    assert [text.partition("\n")[0] for text in await rig.said(late)] == ["Здравствуйте", "оператор", "Соединяю"]


async def test_whoever_comes_again_hears_what_is_new(rig: Rig, clock: Clock) -> None:
    # CH-11
    conversation = await rig.waiting()
    await rig.actions.close(BOSS, conversation, "other")
    await announce(rig, "Портал стоит", Occasion.GREETING)
    await rig.stored("Где мой паспорт?", "again")
    await rig.settled()
    assert (await rig.said(conversation))[-3:] == ["Где мой паспорт?", "Объявление. Портал стоит", "Ответ на «Где мой паспорт?»"]
