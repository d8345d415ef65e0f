"""The first time in which too few are rostered is told, and told anew when the roster or somebody's leave changes (SL-01)."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hub.conversations.ports import Store
from hub.workforce.shift import KINDS, Absence, AbsenceKind, AbsenceState, RosteredShift, ShiftRoster
from hub.workforce.shortage import ShortageSpan, first_shortage, shortages

MOSCOW = ZoneInfo("Europe/Moscow")
DAY, AT = date(2026, 12, 7), datetime(2026, 12, 6, 21, tzinfo=UTC)
"""Midnight in Moscow."""


def roster(needs: int = 1, days: int = 90, **more: bool) -> ShiftRoster:
    """Somebody at any minute: «anna» by day, «olga» in the evening, «ivan» at night."""
    shifts = tuple(RosteredShift(login, DAY + timedelta(days=day), kind) for day in range(-1, days)
                   for login, kind in (("anna", "long"), ("olga", "late"), ("ivan", "night")))
    return ShiftRoster("r", "001", "Europe/Moscow", DAY, days, shifts, ((needs,) * 48,) * days, 0, 0, AT, "boss",
                       None if more.get("draft") else AT, "boss")


def leave(login: str, first: date, state: AbsenceState = AbsenceState.GRANTED) -> Absence:
    return Absence("a", login, "001", AbsenceKind.LEAVE, first, first, AT, state)


def test_a_covered_centre_lacks_nobody_and_one_without_a_published_roster_is_not_told_of() -> None:  # SL-01
    assert {each.code for each in KINDS} >= {"long", "late", "night"}
    assert first_shortage([roster()], [], AT) is None
    assert first_shortage([roster(draft=True)], [], AT) is None


def test_leave_opens_a_gap_that_is_named_to_the_minute() -> None:  # SL-01: «12.12 08:00–13:00, нужно 1, есть 0»
    found = first_shortage([roster()], [leave("anna", date(2026, 12, 12))], AT)
    assert found is not None
    assert (found.name, found.needed, found.there) == ("001/2026-12-12T05:00Z/2026-12-12T10:00Z", 1, 0)
    assert first_shortage([roster()], [leave("anna", date(2026, 12, 12), AbsenceState.ASKED)], AT) is None
    assert first_shortage([roster()], [leave("anna", date(2026, 12, 12))], datetime(2026, 12, 12, 10, tzinfo=UTC)) is None


def test_fewer_than_needed_is_a_gap_as_well_and_days_without_a_roster_need_one() -> None:  # SL-01
    found = first_shortage([roster(needs=2)], [], AT)
    assert found is not None
    assert (found.begins, found.needed, found.there) == (AT, 2, 1)
    ended = first_shortage([roster(days=7)], [], AT)
    assert ended is not None
    assert (ended.begins, ended.needed, ended.there) == (datetime(2026, 12, 14, 5, tzinfo=UTC), 1, 0)


def test_all_times_of_sixty_days_are_listed_each_once() -> None:  # SL-01
    assert shortages([roster()], [], AT, MOSCOW) == []
    absences = [leave("anna", date(2026, 12, 12)), leave("ivan", date(2026, 12, 20))]
    assert shortages([roster()], absences, AT, MOSCOW) == [
        ShortageSpan(datetime(2026, 12, 12, 5, tzinfo=UTC), datetime(2026, 12, 12, 10, tzinfo=UTC), 1, 5, nobody=True),
        ShortageSpan(datetime(2026, 12, 20, 19, tzinfo=UTC), datetime(2026, 12, 21, 5, tzinfo=UTC), 1, 10, nobody=True)]
    two, = shortages([roster(needs=3)], [], AT, MOSCOW)[:1]
    assert (two.begins, two.most, two.nobody) == (AT, 2, False)
    whole, = shortages([roster(draft=True)], [], AT, MOSCOW)
    assert (whole.begins, whole.ends, whole.nobody) == (AT, AT + timedelta(days=60), True)


async def test_the_documents_are_kept(store: Store) -> None:  # SL-01
    await store.exchange((), (), new=(roster(), leave("anna", DAY)))
    assert first_shortage(await store.all(ShiftRoster), await store.all(Absence), AT) is not None
