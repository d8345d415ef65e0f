"""The clock of a call begins when it is answered, that of the line when the caller wishes for an operator (SL-08, D2, D3)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.conversations.conversation import InQueue, WithBot
from hub.conversations.journal import AWAY, CallStage, ConversationEvent, HandedOver, Telephoned
from hub.reporting.columns import values
from hub.reporting.contact_history import DelayCause
from hub.reporting.figure import Place
from hub.reporting.interval_figures import Interval, counts, intervals
from hub.reporting.national import National, report
from tests.reporting.test_interval_figures import START, answered, at, closed, journal, kept, only, promised, queued, read


def began(seconds: float, call: str = "a-1") -> Telephoned:
    return Telephoned(at(seconds), call, CallStage.BEGAN, "122")


def ended(seconds: float, call: str = "a-1") -> Telephoned:
    return Telephoned(at(seconds), call, CallStage.ENDED, cause=16)


def shown(figures: Interval) -> dict[str, float | None]:
    return values(Place.DAY, counts(figures))


def test_the_robot_is_inside_the_clock_of_the_call_and_outside_that_of_the_line() -> None:
    # SL-08, D3: 30 s with the robot, then an operator at once
    figures = only(began(0), queued(30), answered(31, 30), closed(90), ended(91))
    assert (figures.calls, figures.calls_answered, figures.calls_in_time, figures.calls_late) == (1, 1, 0, 1)
    assert (figures.line_in_time, figures.line_late, figures.calls_wait_s, figures.line_wait_s) == (1, 0, 31, 1)
    late, = figures.breaches
    assert (late.wait_s, late.call_wait_s, late.cause) == (1, 31, DelayCause.BEFORE_LINE)
    told = shown(figures)
    assert (told["calls_level"], told["line_level"], told["calls_mean_wait_s"], told["line_mean_wait_s"]) == (0, 1, 31, 1)
    assert told["breaches"] == 0


def test_ninety_five_seconds_are_not_five() -> None:
    # SL-08: answered at 0 s, asked for a person at 90 s, connected at 95 s
    figures = only(began(0), queued(90), answered(95, 90), closed(200))
    assert (figures.calls_in_time, figures.calls_wait_s, figures.line_wait_s) == (0, 95, 5)


def test_text_is_in_no_figure_of_calls_and_calls_in_none_of_text() -> None:
    # SL-08: a letter that nobody answers for hours is no call
    records = [*journal(began(0), queued(1), answered(2, 1), closed(9)), *journal(queued(0), answered(7200), conversation=2)]
    stories = read(records)
    figures, = intervals(stories.contacts, stories.pledges, [START], at(9000))
    told = shown(figures)
    assert (figures.offered, figures.calls, told["calls_level"], told["line_level"], told["text_level"]) == (2, 1, 1, 1, 0)


def test_the_answer_may_be_stored_after_the_caller_is_in_line() -> None:
    # SL-08
    assert only(queued(0), began(0.2), answered(21)).calls_wait_s == 21


def test_a_call_that_the_exchange_took_alone_is_counted_from_its_beginning() -> None:
    # SL-08
    figures = only(HandedOver(at(0), InQueue("general", at(0)), AWAY), answered(25), closed(60))
    assert (figures.calls, figures.calls_late, figures.calls_wait_s) == (1, 1, 25)


def test_the_next_call_of_a_citizen_has_a_clock_of_its_own() -> None:
    # SL-08: the end of the first call is told after the beginning of the second
    back = HandedOver(at(100), WithBot(), "returned")
    figures = only(began(0), queued(5), answered(6, 5), closed(50), back, began(100, "a-2"), ended(101), queued(110), answered(115, 110))
    assert (figures.calls, figures.calls_in_time, figures.calls_wait_s) == (2, 2, 6 + 15)


def test_the_next_wish_in_a_call_does_not_count_the_talk_before() -> None:
    # SL-08: an answer is promised, and the caller asks for somebody once more
    later = kept(60, 86_405), HandedOver(at(70), InQueue("general", at(70)), "asked")
    figures = only(began(0), queued(5), answered(6, 5), *promised(50), *later, answered(75, 70))
    assert (figures.calls, figures.calls_in_time, figures.calls_wait_s) == (2, 1, 6 + 25)


def test_a_call_that_the_hub_owes_is_no_callers_wait() -> None:
    # SL-08, D2
    figures = only(queued(0), *promised(5), began(1000), queued(1000), answered(1050, 1000), kept(1060, 86_405), closed(1061))
    assert (figures.offered, figures.calls, figures.callbacks) == (1, 0, 1)


@given(st.floats(0, 300), st.floats(0, 300), st.booleans())
def test_both_clocks_follow_from_the_journal(robot: float, line: float, reached: bool) -> None:
    # SL-08
    last: ConversationEvent = answered(robot + line, robot) if reached else closed(robot + line)
    stories = read(journal(began(0), queued(robot), last))
    contact, = stories.contacts
    now = at(1000)
    assert contact.call_wait(now) - contact.wait(now) == at(robot) - START
    assert contact.wait(now) == at(robot + line) - at(robot)


def test_the_country_has_the_same_two_clocks() -> None:
    # SL-08, FD-06
    one, two = only(began(0), queued(30), answered(31, 30)), only(began(0), queued(1), answered(2, 1))
    nation = National()
    for code, figures in (("077", one), ("078", two)):
        nation.take(report(code, figures, 1))
    total = values(Place.DAY, nation.total(START).figures)
    assert (total["calls"], total["calls_level"], total["line_level"], total["calls_mean_wait_s"]) == (2, 0.5, 1, 16.5)


@pytest.mark.parametrize(("until", "late"), [(60, 0), (61, 1), (None, 1)])
def test_a_wait_after_a_transfer_counts(until: float | None, late: int) -> None:
    # SL-09
    figures = only(queued(0), answered(5), queued(40, 0), *((answered(until),) if until else ()), now=100)
    assert (figures.in_time, figures.late_again) == (1, late)


@pytest.mark.parametrize(("now", "beyond"), [(610, 0), (611, 1)])
def test_a_talk_that_goes_on_counts_as_soon_as_it_passes_ten_minutes(now: float, beyond: int) -> None:
    # SL-09, SL-04
    assert only(queued(0), answered(10), now=now).talks_beyond == beyond
    assert only(queued(0), answered(10), closed(700), now=5000).talks_beyond == 0
