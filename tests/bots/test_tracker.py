"""What follows from what has happened, whichever way it came about."""

from hypothesis import example, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from bots.dialogue.events import (
    ActionExecuted,
    ActionRejected,
    ActionReverted,
    ActiveLoop,
    Answered,
    Event,
    Followup,
    LoopInterrupted,
    Restarted,
    SessionStarted,
    SlotSet,
    SlotsReset,
    UserUttered,
    UtteranceReverted,
)
from bots.dialogue.parsed import Parsed
from bots.dialogue.tracker import Tracker, follow
from bots.project.domain import LISTEN
from bots.project.project import read_project
from tests.bots.heard import PROJECTS

DOMAIN = read_project(PROJECTS / "reception").domain
LISTENS = ActionExecuted(LISTEN)
ASKS = ActionExecuted("booking_form")


def said(intent: str, text: str = "") -> UserUttered:
    return UserUttered(Parsed(text, intent))


EVENTS: st.SearchStrategy[Event] = st.one_of(
    st.sampled_from([LISTENS, ASKS, ActionExecuted("utter_greet"), ActionExecuted("utter_thank", hidden=True)]),
    st.sampled_from([said("greet"), said("book"), said("inform", "Анна"), Answered(True), Answered(False)]),
    st.sampled_from([ActiveLoop("booking_form"), ActiveLoop(""), LoopInterrupted(), ActionRejected("booking_form")]),
    st.sampled_from([Restarted(), SessionStarted(), UtteranceReverted(), ActionReverted(), SlotsReset(), Followup("utter_greet")]),
    st.builds(SlotSet, st.sampled_from(["service", "visitor", "topics", "nobody"]), st.sampled_from([None, "passport", "x", 1])),
)


@settings(max_examples=300)
@given(st.lists(EVENTS, max_size=25))
def test_step_by_step_is_the_same_as_all_over_again(events: list[Event]) -> None:
    tracker = Tracker.of(DOMAIN, events)
    assert tracker.events == tuple(events)
    moments, point = follow(DOMAIN, tracker.applied)
    assert tracker.moments == moments
    assert tracker.counted == point
    assert set(tracker.now.slots) == set(DOMAIN.slots)
    assert len(tracker.states()) == len(moments) + 1


@settings(max_examples=100)
@given(st.lists(EVENTS, max_size=15), st.lists(EVENTS, max_size=10))
def test_a_restart_forgets_all_before_it(before: list[Event], after: list[Event]) -> None:
    forgotten = Tracker.of(DOMAIN, [*before, SessionStarted(), *after])
    assert forgotten.counted.slots == Tracker.of(DOMAIN, [SessionStarted(), *after]).counted.slots


@settings(max_examples=100)
@given(st.lists(EVENTS, max_size=20), st.lists(EVENTS, max_size=5))
@example([ActiveLoop("booking_form"), Restarted()], [ASKS])
def test_what_is_supposed_to_follow_is_as_if_it_had(before: list[Event], after: list[Event]) -> None:
    tracker = Tracker.of(DOMAIN, before)
    supposed, since = tracker.supposing(ASKS, *after), tracker.since_restart()
    # That a form was ever active outlives a restart, in Rasa's tracker, too.
    restarted = replace(Tracker.of(DOMAIN), loops=Tracker.of(DOMAIN, before[:len(before) - len(since)]).loops)
    alone = restarted.then(*since, ASKS, *after)
    assert (supposed.events, supposed.applied, supposed.counted) == (alone.since_restart(), alone.applied, alone.counted)


def test_a_reverted_utterance_takes_along_all_that_followed() -> None:
    tracker = Tracker.of(DOMAIN, [LISTENS, said("greet"), ActionExecuted("utter_greet")])
    more = tracker.then(LISTENS, said("book"), SlotSet("visitor", "Анна"), ASKS, UtteranceReverted())
    assert more.applied == tracker.applied
    assert more.now.slots["visitor"] is None
    assert more.now.action == "utter_greet"


def test_questions_and_answers_within_a_form_count_once() -> None:
    begun = Tracker.of(DOMAIN, [LISTENS, said("book"), ASKS, ActiveLoop("booking_form"), LISTENS, said("inform"), SlotSet("visitor", "Анна"), ASKS])
    assert [event.name for event in begun.applied if isinstance(event, ActionExecuted)] == [LISTEN, "booking_form"]
    assert begun.now.slots["visitor"] == "Анна"
    assert begun.counted.said == said("book")
    assert begun.now.said == said("inform")


def test_a_form_that_asks_for_ever_goes_only_through_what_is_new() -> None:
    # KB-02: else a long dialogue, gathered from the journal, would hold up all others
    answers = [each for number in range(200) for each in (said("inform"), SlotSet("visitor", str(number)), ASKS, LISTENS)]
    tracker = Tracker.of(DOMAIN, [LISTENS, said("book"), ASKS, ActiveLoop("booking_form"), LISTENS, *answers])
    assert len(tracker.applied) - tracker.ran["booking_form"].applied <= 2  # what was done since
    assert tracker.now.slots["visitor"] == "199"
    assert [state.action for state in tracker.states()] == ["", LISTEN, "booking_form", LISTEN]


def test_what_interrupts_a_form_counts() -> None:
    inside = [LISTENS, said("book"), ASKS, ActiveLoop("booking_form")]
    tracker = Tracker.of(DOMAIN, [*inside, LISTENS, said("thank"), ActionRejected("booking_form"), ActionExecuted("utter_thank"), ASKS])
    assert [event.name for event in tracker.applied if isinstance(event, ActionExecuted)] == [
        LISTEN, "booking_form", LISTEN, "utter_thank", "booking_form"]


def test_a_list_holds_lists_and_a_stranger_is_not_kept() -> None:
    tracker = Tracker.of(DOMAIN, [SlotSet("topics", "passport"), SlotSet("nobody", 1)])
    assert tracker.now.slots["topics"] == ["passport"]
    assert "nobody" not in tracker.now.slots
