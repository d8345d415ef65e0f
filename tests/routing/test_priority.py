"""Who goes before others, why, and that nobody waits for ever because of it."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from hub.conversations.address import Address, Citizen
from hub.conversations.assignment_reason import URGENT_S, AssignmentReason, AssignmentRule, PriorityCause, sentence
from hub.conversations.callback_promise import promise
from hub.conversations.conversation import Conversation, InQueue, WithBot
from hub.dispatch.offer import Waiting
from hub.dispatch.priority import MOST_S, PERSONAL_S, PROMISE_S, RETURNED_S, PriorityRule, priority_of
from hub.organisation.queue import skills
from routing.assignment import Floor

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
HOURS = timedelta(hours=4)
CHAT, START = 25, 1_000_000.0
SERVES = skills({"a": 1})
HEAD = Conversation(1, "001", Address("web.chat", "c"), Citizen(), InQueue("a", NOW), NOW, 1, topic="disability")
OWED = promise(NOW - timedelta(hours=20), Address("web.chat", "c"), "надо уточнить")
RULE = PriorityRule("Инвалидность", 600, topics=("disability",))


@pytest.mark.parametrize(("head", "cause", "wait_s"), [
    (HEAD, None, 0),
    (replace(HEAD, danger=NOW, promise=replace(OWED, alarmed=80)), PriorityCause.DANGER, URGENT_S),
    (replace(HEAD, promise=replace(OWED, alarmed=80)), PriorityCause.PROMISE, PROMISE_S),
    (replace(HEAD, promise=replace(OWED, alarmed=50)), None, 0),
    (replace(HEAD, holder=InQueue("a", NOW, "anna", talked_since=NOW)), PriorityCause.PERSONAL, PERSONAL_S),
    (replace(HEAD, holder=InQueue("a", NOW, talked_since=NOW)), PriorityCause.RETURNED, RETURNED_S),
    (replace(HEAD, served=NOW - HOURS), PriorityCause.RETURNED, RETURNED_S),
    (replace(HEAD, served=NOW - HOURS - timedelta(seconds=1)), None, 0),
    (replace(HEAD, danger=NOW, holder=WithBot(NOW)), None, 0),
])
def test_the_causes_of_priority(head: Conversation, cause: PriorityCause | None, wait_s: float) -> None:
    # CH-08
    found = priority_of(head, NOW, HOURS)
    assert (found.cause, found.wait_s) == (cause, wait_s) if found else cause is None


@pytest.mark.parametrize(("rule", "applies"), [
    (RULE, True), (PriorityRule("Письма", 60, topics=("disability",), channels=("email",)), False),
    (PriorityRule("Чат", 60, channels=("web.chat",), queues=("a", "b")), True), (PriorityRule("Другая", 60, queues=("b",)), False),
    (PriorityRule("Все", 60), True),
])
def test_a_rule_of_the_centre(rule: PriorityRule, applies: bool) -> None:
    # CH-08
    found = priority_of(HEAD, NOW, HOURS, (rule,))
    assert (found.cause, found.title, found.wait_s) == (PriorityCause.RULE, rule.title, rule.wait_s) if found else not applies


def test_of_several_the_highest_applies() -> None:
    # CH-08
    found = priority_of(replace(HEAD, served=NOW), NOW, HOURS, (RULE,))
    assert found
    assert found.title == "Инвалидность"


def test_the_reason_names_it() -> None:
    # CH-08
    why = AssignmentReason(AssignmentRule.WAITING, 0, 8, 600, 0, cause="Инвалидность")
    assert sentence(why, "Анна", "").endswith("Приоритет: Инвалидность, считается за 10 мин 0 с ожидания.")
    assert "гражданин вернулся" in sentence(replace(why, cause=PriorityCause.RETURNED), "Анна", "")


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 600), st.integers(0, MOST_S), st.integers(1, 300)), min_size=2, max_size=60))
def test_nobody_starves(arrivals: list[tuple[int, int, int]]) -> None:
    """One operator, and ever more with a higher priority: whoever has waited longer by the highest of all is served before."""
    # CH-08
    floor, now, since = Floor(), START, dict[int, float]()
    floor.present("anna", SERVES, now)
    served: list[int] = []
    for number, (pause_s, priority_s, talk_s) in enumerate(arrivals):
        now += pause_s
        since[number] = now
        floor.wait(Waiting(number, "a", now, 100, (SERVES,), priority_s, patience_s=1e9), now)
        if number % 2:
            now += talk_s
            served += serve(floor, now)
    while len(served) < len(arrivals):
        served += serve(floor, now)
    for at, later in enumerate(served):
        overtaken = [number for number in served[at + 1:] if since[number] + MOST_S < since[later]]
        assert not overtaken


def serve(floor: Floor, now: float) -> list[int]:
    """Anna takes what she is offered, and ends it."""
    offer, = floor.offers_of("anna")
    floor.take(offer.conversation, "anna", 100, now)
    floor.release(offer.conversation, now)
    return [offer.conversation]
