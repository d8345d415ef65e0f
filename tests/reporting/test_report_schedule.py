"""When a mailing is due, and of which days its report is: by the calendar on the wall, with days off, over any number of years."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from hub.kernel.errors import RefusedError
from hub.organisation.production_calendar import is_worked
from hub.reporting.breakdown import PeriodBy
from hub.reporting.report_schedule import MailingWords, Rhythm, checked, is_allowed, last_turns, next_turn, period, period_now

MOSCOW, VLADIVOSTOK = ZoneInfo("Europe/Moscow"), ZoneInfo("Asia/Vladivostok")
DAILY = MailingWords("За день", PeriodBy.DAY, Rhythm.DAILY, time(9), ("boss@centre.example",))
WEEKLY = replace(DAILY, rhythm=Rhythm.WEEKLY)
MONTHLY = replace(DAILY, rhythm=Rhythm.MONTHLY)
MOMENTS = st.datetimes(datetime(2024, 6, 1), datetime(2026, 12, 1), timezones=st.just(UTC))  # noqa: DTZ001 - the zone is beside it
WORDS = st.builds(lambda rhythm, at, day, worked, moscow: replace(
    DAILY, rhythm=rhythm, at=at, day=day if rhythm is Rhythm.MONTHLY else min(day, 7) if rhythm is Rhythm.WEEKLY else 1, worked=worked, moscow=moscow),
    st.sampled_from(Rhythm), st.times().map(lambda at: at.replace(second=0, microsecond=0)), st.integers(1, 28), st.booleans(), st.booleans())


def at(text: str, zone: ZoneInfo = MOSCOW) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


@pytest.mark.parametrize(("words", "now", "due", "since", "until"), [
    (DAILY, "2026-11-26T09:00", "2026-11-27T09:00", "2026-11-25", "2026-11-25"),
    (DAILY, "2026-11-26T08:59", "2026-11-26T09:00", "2026-11-24", "2026-11-24"),
    # On Monday it is of Friday, Saturday and Sunday.
    (replace(DAILY, worked=True), "2026-11-30T09:00", "2026-12-01T09:00", "2026-11-27", "2026-11-29"),
    (replace(DAILY, worked=True), "2026-11-28T12:00", "2026-11-30T09:00", "2026-11-26", "2026-11-26"),
    # After the holidays of January it is of all of them.
    (replace(DAILY, worked=True), "2026-01-12T09:00", "2026-01-13T09:00", "2025-12-30", "2026-01-11"),
    (WEEKLY, "2026-11-26T12:00", "2026-11-30T09:00", "2026-11-16", "2026-11-22"),
    (replace(WEEKLY, day=5), "2026-11-27T09:30", "2026-12-04T09:00", "2026-11-16", "2026-11-22"),
    # 4 November 2026 is a Wednesday off: its letter goes out on Thursday, the next one on its day again.
    (replace(WEEKLY, day=3, worked=True), "2026-11-04T12:00", "2026-11-05T09:00", "2026-10-19", "2026-10-25"),
    (replace(WEEKLY, day=3, worked=True), "2026-11-05T12:00", "2026-11-11T09:00", "2026-10-26", "2026-11-01"),
    (MONTHLY, "2026-03-01T09:00", "2026-04-01T09:00", "2026-02-01", "2026-02-28"),
    (replace(MONTHLY, worked=True), "2026-01-12T09:00", "2026-02-02T09:00", "2025-12-01", "2025-12-31"),
])
def test_it_is_due_by_the_calendar_and_of_days_that_are_over(words: MailingWords, now: str, due: str, since: str, until: str) -> None:
    # MC-02
    assert next_turn(words, MOSCOW, at(now)) == at(due)
    assert period(words, MOSCOW, *last_turns(words, MOSCOW, at(now))) == (date.fromisoformat(since), date.fromisoformat(until))


@pytest.mark.parametrize(("words", "now", "since", "until"), [
    (DAILY, "2026-11-27T04:30", "2026-11-26", "2026-11-26"), (DAILY, "2026-11-27T12:00", "2026-11-26", "2026-11-26"),
    (replace(DAILY, worked=True), "2026-11-30T04:30", "2026-11-27", "2026-11-29"), (WEEKLY, "2026-11-26T12:00", "2026-11-16", "2026-11-22"),
    (MONTHLY, "2026-11-26T12:00", "2026-10-01", "2026-10-31")])
def test_what_is_sent_at_once_is_of_what_is_over_now(words: MailingWords, now: str, since: str, until: str) -> None:
    # MC-02
    assert period_now(words, MOSCOW, at(now)) == (date.fromisoformat(since), date.fromisoformat(until))


def test_the_time_may_be_that_of_moscow_and_the_days_are_the_centres_own() -> None:
    # MC-02: 20:00 in Moscow is 03:00 of the next day at the ocean, where yesterday is over
    words = replace(DAILY, at=time(20), moscow=True)
    now = at("2026-11-27T03:00", VLADIVOSTOK)
    assert next_turn(words, VLADIVOSTOK, now - timedelta(minutes=1)) == now
    assert period(words, VLADIVOSTOK, *last_turns(words, VLADIVOSTOK, now)) == (date(2026, 11, 26), date(2026, 11, 26))


@given(WORDS, MOMENTS)
def test_due_times_follow_each_other_and_leave_no_day_out(words: MailingWords, now: datetime) -> None:
    # MC-02
    first = next_turn(words, MOSCOW, now)
    second = next_turn(words, MOSCOW, first)
    zone = MOSCOW
    assert now < first < second
    assert next_turn(words, zone, second - timedelta(seconds=1)) == second
    if words.worked:
        assert is_worked(first.astimezone(zone).date())
    (begins, ends), (following, last) = (period(words, zone, *last_turns(words, zone, each)) for each in (first, second))
    assert begins <= ends < first.astimezone(zone).date()
    if words.rhythm is Rhythm.DAILY:
        assert following == ends + timedelta(days=1)
    assert last >= ends


def test_figures_go_where_the_centre_allows_and_never_with_names() -> None:
    # MC-02, SE-01
    allowed = ("centre.example", "minister@region.example")
    assert checked(replace(DAILY, addresses=(" Boss@Centre.example", "minister@region.example", "boss@centre.example")), allowed).addresses == (
        "boss@centre.example", "minister@region.example")
    for words, code in ((replace(DAILY, addresses=("boss@home.example",)), "address_not_allowed"), (replace(DAILY, addresses=()), "empty"),
                        (replace(DAILY, addresses=("a@mail.centre.example",)), "address_not_allowed"),
                        (replace(DAILY, by=PeriodBy.OPERATOR), "bad_mailing"), (replace(WEEKLY, day=8), "bad_mailing")):
        with pytest.raises(RefusedError) as refused:
            checked(words, allowed)
        assert refused.value.code == code
    assert not is_allowed("centre.example", allowed)
