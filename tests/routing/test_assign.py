"""The floor against the naive router and against what must hold whatever happens."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.offers import Offer, Waiting
from hub.operators import CAPACITY, COST
from routing.assign import Floor
from tests.routing.naive import Naive

START, PATIENCE = datetime(2026, 1, 1, 3, tzinfo=UTC), timedelta(seconds=30)
QUEUES, OPERATORS, CONVERSATIONS = ("a", "b", "c"), ("anna", "boris", "olga", "vera"), tuple(range(1, 15))


class Event(NamedTuple):
    """Something that happens; whatever of it makes no sense at that moment is left out."""

    what: str
    conversation: int
    operator: str
    queues: tuple[str, ...]
    cost: int
    wanted: str
    shunned: str
    seconds: int


EVENTS = st.builds(
    Event,
    st.sampled_from(("wait", "wait", "wait", "present", "present", "accept", "accept", "take", "release", "reject", "withdraw", "leave", "later")),
    st.sampled_from(CONVERSATIONS), st.sampled_from(OPERATORS), st.lists(st.sampled_from(QUEUES), min_size=1, max_size=3, unique=True).map(tuple),
    st.sampled_from(sorted(set(COST.values()))), st.sampled_from(("", "", "", *OPERATORS)), st.sampled_from(("", "", *OPERATORS)), st.integers(0, 20))


class Both:
    """Tells both routers the same and compares what they say."""

    def __init__(self) -> None:
        self.floor, self.naive = Floor(PATIENCE), Naive(PATIENCE)
        self.now = START

    def happens(self, event: Event) -> None:
        self.now += timedelta(seconds=1)
        match event.what:
            case "wait" if event.conversation not in self.naive.held:
                shunned = event.shunned if event.shunned != event.wanted else ""
                since = START + timedelta(seconds=event.seconds)
                waiting = Waiting(event.conversation, event.queues[0], since, event.cost, event.wanted, shunned)
                self.same(self.floor.wait(waiting, self.now), self.naive.wait(waiting, self.now))
            case "present":
                self.same(self.floor.present(event.operator, event.queues, self.now), self.naive.present(event.operator, event.queues, self.now))
            case "leave":
                self.same(self.floor.present(event.operator, (), self.now), self.naive.present(event.operator, (), self.now))
            case "release":
                self.same(self.floor.release(event.conversation, self.now), self.naive.release(event.conversation, self.now))
            case "withdraw":
                self.same(self.floor.withdraw(event.conversation, self.now), self.naive.withdraw(event.conversation, self.now))
            case "take":
                self.taken(event.conversation, event.operator)
            case "accept" | "reject" if offers := list(self.naive.offers.values()):
                offer = offers[event.conversation % len(offers)]
                if event.what == "accept":
                    self.taken(offer.conversation, offer.operator)
                else:
                    self.same(self.floor.reject(offer.conversation, offer.operator, self.now),
                              self.naive.reject(offer.conversation, offer.operator, self.now))
            case "later":
                self.now += timedelta(seconds=event.seconds)
                lapsed, offers = self.floor.expire(self.now)
                expected, others = self.naive.expire(self.now)
                assert sorted(lapsed, key=str) == sorted(expected, key=str)
                assert all(self.floor.offers_of(each.operator) == [] for each in lapsed)
                self.same(offers, others)

    def taken(self, conversation: int, operator: str) -> None:
        """Somebody takes it, as the hub lets him: only with room, or what was offered to him."""
        waiting, offer = self.naive.waiting.get(conversation), self.naive.offers.get(conversation)
        if waiting is None:
            return
        offered = offer is not None and offer.operator == operator
        if not offered:
            if self.naive.load(operator) + waiting.cost > CAPACITY:
                return
            self.same(self.floor.withdraw(conversation, self.now), self.naive.withdraw(conversation, self.now))
            if self.naive.load(operator) + waiting.cost > CAPACITY:
                return  # his room was given away meanwhile
        for router in (self.floor, self.naive):
            router.take(conversation, operator, waiting.cost)

    def same(self, offers: list[Offer], expected: list[Offer]) -> None:
        assert offers == expected

    def check(self) -> None:
        floor, naive = self.floor, self.naive
        for operator in OPERATORS:
            assert floor.load(operator) == naive.load(operator) <= CAPACITY
            assert floor.held(operator) == sum(holder == operator for holder, _ in naive.held.values())
            assert sorted(o.conversation for o in floor.offers_of(operator)) == sorted(
                o.conversation for o in naive.offers.values() if o.operator == operator)
        for conversation in CONVERSATIONS:
            assert floor.offered(conversation) == naive.offers.get(conversation)
            assert floor.holder(conversation) == naive.held.get(conversation, ("", 0))[0]
            assert floor.place(conversation) == naive.place(conversation)
        assert floor.next_expiry() == min((o.until for o in naive.offers.values()), default=None)
        for queue in QUEUES:
            line = floor.line(queue)
            assert floor.length(queue) == len(line) == len(set(line))
            assert [floor.place(c) for c in line] == list(range(1, len(line) + 1))
        # Nobody waits whom somebody with room could serve, and whatever waits is known to wait.
        assert not [(w, name) for w in naive.open() for name in OPERATORS if naive.suits(w, name)]
        assert set(naive.offers) <= set(naive.waiting)
        assert not set(naive.waiting) & set(naive.held)


@settings(max_examples=100, deadline=None)
@given(st.lists(EVENTS, min_size=40, max_size=120))
def test_the_floor_decides_as_the_naive_router_does(events: list[Event]) -> None:
    # CH-08, CH-10
    both = Both()
    for event in events:
        both.happens(event)
        both.check()


def waiting(conversation: int, queue: str = "a", since_s: int = 0, cost: int = 25, wanted: str = "", shunned: str = "") -> Waiting:
    return Waiting(conversation, queue, START + timedelta(seconds=since_s), cost, wanted, shunned)


def made(offers: list[Offer]) -> list[tuple[int, str]]:
    return [(offer.conversation, offer.operator) for offer in offers]


@pytest.fixture
def floor() -> Floor:
    return Floor(PATIENCE)


def test_the_longest_waiting_comes_first_over_all_queues(floor: Floor) -> None:
    # CH-08
    for conversation, queue, since in ((1, "a", 30), (2, "b", 10), (3, "a", 20), (4, "c", 0)):
        floor.wait(waiting(conversation, queue, since), START)
    assert made(floor.present("anna", ("a", "b"), START)) == [(2, "anna"), (3, "anna"), (1, "anna")]
    assert floor.place(4) == 1


def test_the_longest_idle_is_asked_first(floor: Floor) -> None:
    # CH-08
    for operator in ("anna", "boris", "olga"):
        floor.present(operator, ("a",), START)
    assert [made(floor.wait(waiting(n), START))[0][1] for n in range(1, 5)] == ["anna", "boris", "olga", "anna"]


@pytest.mark.parametrize(("cost", "fit"), [(100, 1), (25, 4), (10, 10)])
def test_one_call_or_four_chats_and_never_more(floor: Floor, cost: int, fit: int) -> None:
    # CH-10
    for conversation in range(1, 21):
        floor.wait(waiting(conversation, cost=cost), START)
    assert len(floor.present("anna", ("a",), START)) == fit
    assert floor.load("anna") == cost * fit
    for offer in floor.offers_of("anna"):
        floor.take(offer.conversation, "anna", cost)
    assert (floor.held("anna"), floor.load("anna")) == (fit, cost * fit)
    assert len(floor.release(1, START)) == 1


def test_a_call_waits_for_an_empty_operator_and_chats_pass_by(floor: Floor) -> None:
    # CH-10
    floor.take(1, "anna", 25)
    floor.wait(waiting(2, cost=100), START)
    floor.wait(waiting(3, since_s=5), START)
    assert made(floor.present("anna", ("a",), START)) == [(3, "anna")]


def test_whoever_is_wanted_is_the_only_one_asked(floor: Floor) -> None:
    # CH-09
    floor.present("anna", ("a",), START)
    assert floor.wait(waiting(1, wanted="olga"), START) == []
    assert floor.length("a") == 0
    assert floor.place(1) == 1
    assert made(floor.present("olga", ("b",), START)) == [(1, "olga")]


def test_whoever_gave_it_away_is_not_asked(floor: Floor) -> None:
    # CH-09
    floor.present("anna", ("a",), START)
    assert floor.wait(waiting(1, shunned="anna"), START) == []
    assert made(floor.present("olga", ("a",), START)) == [(1, "olga")]


def test_what_lapsed_is_offered_to_the_next_before_those_behind(floor: Floor) -> None:
    # CH-08
    floor.present("anna", ("a",), START)
    floor.wait(waiting(1, cost=100), START)
    floor.wait(waiting(2, since_s=1, cost=100), START)
    later = START + PATIENCE
    assert floor.expire(later - timedelta(milliseconds=1)) == ([], [])
    assert floor.next_expiry() == later
    lapsed, offers = floor.expire(later)
    assert ([(each.conversation, each.operator) for each in lapsed], offers) == ([(1, "anna")], [])
    assert floor.next_expiry() is None
    assert made(floor.present("olga", ("a",), later)) == [(1, "olga")]
    assert made(floor.present("anna", ("a",), later)) == [(2, "anna")]


def test_a_rejected_offer_may_come_again_once_he_is_ready_again(floor: Floor) -> None:
    # CH-08
    floor.present("anna", ("a",), START)
    floor.wait(waiting(1), START)
    assert floor.reject(1, "anna", START) == []
    assert floor.wait(waiting(2, since_s=5), START) != []
    assert made(floor.present("anna", ("a",), START)) == [(1, "anna")]


def test_whoever_loses_an_offer_to_another_queue_gets_the_next(floor: Floor) -> None:
    # CH-08
    floor.present("anna", ("a",), START)
    floor.wait(waiting(1, cost=100), START)
    floor.wait(waiting(2, since_s=1, cost=100), START)
    assert made(floor.wait(waiting(1, "b", cost=100), START)) == [(2, "anna")]


def test_a_big_floor_stays_quick_to_ask() -> None:
    # CH-08: no event looks at everybody
    floor = Floor(PATIENCE)
    for number in range(2000):
        floor.present(f"operator {number}", (f"q{number % 50}",), START)
    for number in range(20_000):
        floor.wait(waiting(number, f"q{number % 50}", number), START)
    assert sum(floor.length(f"q{n}") for n in range(50)) == 20_000
    assert all(floor.load(f"operator {n}") == CAPACITY for n in range(2000))
