"""National totals are the sums of their parts, whatever the order in which reports arrive, and however often."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from hub.conversations.conversation import Closed, InQueue, WithOperator
from hub.conversations.journal import HandedOver, StoredEvent
from hub.reporting.contact_history import ContactProjection
from hub.reporting.interval_figures import COUNTED, Interval, intervals
from hub.reporting.national import National, Report, key_of, report, reported

START = datetime(2026, 11, 24, 9, tzinfo=UTC)
QUARTER = timedelta(minutes=15)


def sent(centre: str, start: datetime, version: int, figures: dict[str, int | float]) -> Report:
    return Report(key_of(centre, start), centre, start, version, figures)


REPORTS = st.builds(sent, st.sampled_from(("001", "016", "077")), st.sampled_from((START, START + QUARTER)), st.integers(1, 4),
                    st.fixed_dictionaries({"offered": st.integers(0, 99), "answered": st.integers(0, 99)}))


@given(st.lists(REPORTS, unique_by=lambda each: (each.centre, each.start, each.version)), st.randoms())
def test_the_total_is_the_sum_of_the_newest_reports(reports: list[Report], chance: st.DrawFn) -> None:
    # FD-06
    national = National()
    late = [*reports, *reports]
    chance.shuffle(late)  # type: ignore[attr-defined]  # a random.Random
    for each in late:
        national.take(each)
    for start in (START, START + QUARTER):
        newest = {centre: max((r for r in reports if (r.centre, r.start) == (centre, start)), key=lambda r: r.version)
                  for centre in {r.centre for r in reports if r.start == start}}
        total = national.total(start)
        assert total.centres == tuple(sorted(newest))
        assert total.figures.get("offered", 0) == sum(each.figures["offered"] for each in newest.values())


def test_late_data_restate_a_total() -> None:
    # FD-06
    national = National()
    assert national.take(sent("077", START, 1, {"offered": 10}))
    assert national.take(sent("016", START, 1, {"offered": 5}))
    assert (national.total(START).figures, national.total(START).restated) == ({"offered": 15}, 0)
    assert national.take(sent("077", START, 2, {"offered": 12}))
    assert not national.take(sent("077", START, 1, {"offered": 10}))
    assert (national.total(START).figures, national.total(START).restated) == ({"offered": 17}, 1)


def interval(*, answered: bool) -> Interval:
    """Somebody waited for 50 s, or waits."""
    at = [START + timedelta(seconds=s) for s in (0, 50, 90)]
    holders = (InQueue("general", at[0]), WithOperator("anna", at[1], "general", at[0]), Closed(at[2], "other", "anna"))[:3 if answered else 1]
    stories = ContactProjection()
    stories.read(StoredEvent(n + 1, 7, HandedOver(at[n], holder, "")) for n, holder in enumerate(holders))
    return intervals(stories.contacts, stories.pledges, [START], at[2])[0]


def test_a_report_tells_of_no_conversation() -> None:
    # FD-06, FD-04
    report_ = report("077", interval(answered=True), 1)
    assert set(report_.figures) == {*(name for name, _ in COUNTED), "breaches"}
    assert (report_.figures["offered"], report_.figures["breaches"]) == (1, 1)
    assert all(isinstance(value, int | float) for value in report_.figures.values())


def test_a_report_is_restated_only_by_other_figures() -> None:
    # FD-06
    first = reported("077", interval(answered=False), None)
    assert (first.version, first.figures["waiting"], first.figures["answered"]) == (1, 1, 0)
    assert reported("077", interval(answered=False), first) is first
    second = reported("077", interval(answered=True), first)
    assert (second.version, second.figures["waiting"], second.figures["answered"]) == (2, 0, 1)


def test_a_report_of_before_with_more_digits_of_seconds_is_not_restated() -> None:
    # FD-06: seconds are told to a thousandth now
    first = report("077", interval(answered=True), 1)
    before = sent("077", START, 1, first.figures | {"wait_s": first.figures["wait_s"] + 0.000049})
    assert reported("077", interval(answered=True), before) is before
