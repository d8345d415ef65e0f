"""The robot's figures are the journal counted: whatever happened, the sums come out even, and reading twice is reading once."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from hub.conversations.conversation import Closed, InQueue, Promised, WithBot, WithOperator
from hub.conversations.journal import ConversationEvent, HandedOver, StoredEvent, Thought
from hub.conversations.turn_result import TurnResult
from hub.robot.dialogue_history import Ending, Handed, Talks
from hub.robot.figures import by_intent, sum_up, whole

START = datetime(2026, 1, 1, 3, tzinfo=UTC)
INTENTS = ["ask_mfc", "ask_snils", ""]


@st.composite
def journals(draw: st.DrawFn) -> list[StoredEvent]:
    """Thoughts and moves of three conversations, up to two hours apart."""
    at, records = START, list[StoredEvent]()
    for number in range(1, draw(st.integers(1, 40))):
        at += timedelta(minutes=draw(st.integers(0, 120)))
        records.append(StoredEvent(number, draw(st.integers(1, 3)), draw(entries(at))))
    return records


def entries(at: datetime) -> st.SearchStrategy[ConversationEvent]:
    thoughts = st.builds(Thought, st.just(at), st.just(1), st.sampled_from(["v1", "v2"]), st.sampled_from(INTENTS),
                         st.sampled_from([0.2, 0.9]), st.just(""), missed=st.booleans(), first=st.booleans(), result=st.sampled_from(TurnResult))
    holders = st.sampled_from([InQueue("general", at), WithOperator("anna", at, "general", at), Closed(at, "", ""), WithBot(), Promised("general", at)])
    moves = st.builds(HandedOver, st.just(at), holders, st.sampled_from([*Handed, "left", "accepted"]))
    return st.one_of(thoughts, thoughts, moves)


@given(records=journals(), again=st.integers(0, 39), later=st.integers(0, 120))
def test_sums_come_out_even(records: list[StoredEvent], again: int, later: int) -> None:
    # CH-13, MC-02
    talks = Talks(lambda _: None)
    talks.read(records)
    talks.read(records[again:])
    now = (records[-1].entry.at if records else START) + timedelta(minutes=later)
    day = sum_up(talks.talks, len(talks.at_once), now)
    total = whole(day)
    assert total.talks == total.contained + total.going + total.handed_over
    assert total.contained == sum(getattr(total, ending) for ending in Ending)
    assert total.handed_over == sum(getattr(total, why) for why in Handed)
    thoughts = [record.entry for record in records if isinstance(record.entry, Thought)]
    assert (total.turns, total.missed) == (len(thoughts), sum(thought.missed for thought in thoughts))
    intents = dict(by_intent([day]))
    assert sum(each.turns for each in intents.values()) == total.turns - total.missed
    assert sum(each.handed_over for each in intents.values()) == total.handed_over
    assert sum(each.talks for each in day.versions.values()) == total.talks
    assert (whole(day, "v1").talks, whole(day, "v1").at_once) == (day.versions["v1"].talks if "v1" in day.versions else 0, 0)
