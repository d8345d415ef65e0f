"""Whatever the order of arrivals, refusals, vanishings, transfers and restarts: nothing is lost, held twice or wrongly given."""

from collections.abc import Callable
from math import inf
from random import Random
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from hub.access.operator import CAPACITY
from hub.conversations.assignment_reason import AssignmentRule, is_right
from hub.conversations.channel_traits import Cost
from hub.dispatch.offer import Offer, Waiting
from hub.organisation.queue import Skills, serves, skills
from routing.assignment import RINGS_S, Floor
from tests.routing.naive import Naive

QUEUES, OPERATORS = ("a", "b", "c"), ("anna", "boris", "gleb", "ivan", "olga", "vera", "yana")
NUMBERS, NAMES = st.integers(1, 14), st.sampled_from(OPERATORS)
NOBODY_OFTEN = st.sampled_from(("", "", "", *OPERATORS))
HAS = st.builds(lambda queues, level: skills(dict.fromkeys(queues, 1) | {"passports": level}),
                st.lists(st.sampled_from(QUEUES), min_size=1, unique=True), st.integers(1, 3))


class Queueing(RuleBasedStateMachine):
    """Tells the floor and the naive router the same and compares what they say."""

    def __init__(self) -> None:
        super().__init__()
        self.floor, self.naive = Floor(), Naive(RINGS_S)
        self.now = 0.0
        self.has: dict[str, Skills] = {}

    def both(self, step: Callable[[Any], Any]) -> None:
        offers, expected = step(self.floor), step(self.naive)
        assert self.plain(offers) == self.plain(expected)
        for offer in offers:
            self.is_true(offer)

    def is_true(self, offer: Offer) -> None:
        """Why an operator says how things are."""
        why, naive, waiting = offer.why, self.naive, self.naive.waiting[offer.conversation]
        assert is_right(why)
        assert (why.waited_s, why.priority_s) == (self.now - waiting.since, waiting.priority_s)
        assert why.ring == (0 if waiting.wanted else waiting.rings.index(naive.needs(waiting)))
        if why.rule is AssignmentRule.WAITING and why.rival:
            rival = naive.waiting[int(why.rival)]
            assert why.rival_s == self.now - naive.key(rival.conversation)[0]
            assert naive.eligible(rival, offer.operator, naive.needs(rival))
        elif why.rule is AssignmentRule.IDLE and why.rival:
            assert naive.eligible(waiting, why.rival, naive.needs(waiting))

    @staticmethod
    def plain(offers: list[Offer]) -> list[tuple[int, str, float]]:
        return [(offer.conversation, offer.operator, offer.until) for offer in offers]

    @initialize()
    def somebody_is_there(self) -> None:
        self.ready("anna", skills({"a": 1, "passports": 2}))

    @rule(number=NUMBERS, queue=st.sampled_from(QUEUES), cost=st.sampled_from(sorted(Cost)), level=st.integers(0, 3),
          waited_s=st.sampled_from((0, 0, 0, 3, 12, 30)), priority_s=st.sampled_from((0, 0, 20)),
          wanted=NOBODY_OFTEN, shunned=NOBODY_OFTEN, preferred=NOBODY_OFTEN)
    def arrives(self, number: int, queue: str, cost: int, level: int, waited_s: int, priority_s: int,
                wanted: str, shunned: str, preferred: str) -> None:
        """It arrives, or is moved to another queue or colleague while it waits."""
        if number in self.naive.held:
            return
        rings = (*tuple(skills({queue: 1, "passports": n}) for n in range(level, 0, -1)), skills({queue: 1}))
        waiting = Waiting(number, queue, self.now - waited_s, cost, rings, priority_s, 30 if cost < CAPACITY else 15,
                          wanted, shunned if shunned != wanted else "", preferred)
        self.both(lambda router: router.wait(waiting, self.now))

    @rule(operator=NAMES, has=HAS)
    def ready(self, operator: str, has: Skills) -> None:
        self.has[operator] = has
        self.both(lambda router: router.present(operator, has, self.now))

    @rule(operator=NAMES)
    def vanishes(self, operator: str) -> None:
        self.has.pop(operator, None)
        self.both(lambda router: router.present(operator, (), self.now))

    @rule(which=NUMBERS)
    def accepts(self, which: int) -> None:
        if offers := list(self.naive.offers.values()):
            offer = offers[which % len(offers)]
            cost = self.naive.waiting[offer.conversation].cost
            self.both(lambda router: router.take(offer.conversation, offer.operator, cost, self.now))

    @rule(which=NUMBERS)
    def rejects(self, which: int) -> None:
        if offers := list(self.naive.offers.values()):
            offer = offers[which % len(offers)]
            self.both(lambda router: router.reject(offer.conversation, offer.operator, self.now))

    @rule(operator=NAMES, seconds=st.integers(1, 5))
    def types(self, operator: str, seconds: int) -> None:
        """The time of his offers stands while he types."""
        longer, expected = self.floor.postpone(operator, seconds), self.naive.postpone(operator, seconds)
        assert sorted(self.plain(longer)) == sorted(self.plain(expected))

    @rule(which=NUMBERS)
    def is_asked_again(self, which: int) -> None:
        """A while after a refusal."""
        if refusals := [(c, name) for name, person in self.naive.people.items() for c in sorted(person.refused)]:
            conversation, operator = refusals[which % len(refusals)]
            self.both(lambda router: router.ask_again(conversation, operator, self.now))

    @rule(number=NUMBERS, operator=NAMES)
    def takes(self, number: int, operator: str) -> None:
        """By his own choice, as the hub lets him: with room."""
        waiting = self.naive.waiting.get(number)
        if waiting and self.naive.load(operator) + waiting.cost <= CAPACITY:
            self.both(lambda router: router.take(number, operator, waiting.cost, self.now))

    @rule(number=NUMBERS)
    def ends(self, number: int) -> None:
        self.both(lambda router: router.release(number, self.now))

    @rule(number=NUMBERS)
    def hangs_up(self, number: int) -> None:
        self.both(lambda router: router.withdraw(number, self.now))

    @rule(number=NUMBERS, queue=st.sampled_from(QUEUES))
    def is_transferred(self, number: int, queue: str) -> None:
        operator, cost = self.naive.held.get(number, ("", 0))
        if operator:
            waiting = Waiting(number, queue, self.now - 40, cost, (skills({queue: 1}),), shunned=operator)
            self.both(lambda router: router.release(number, self.now))
            self.both(lambda router: router.wait(waiting, self.now))

    @rule(seconds=st.integers(1, 20))
    def time_passes(self, seconds: int) -> None:
        self.now += seconds
        due = self.floor.next_event()
        lapsed, offers = self.floor.advance(self.now)
        expected, others = self.naive.advance(self.now)
        assert lapsed == expected
        assert self.plain(offers) == self.plain(others)
        assert not lapsed + offers or (due is not None and due <= self.now)
        assert (self.floor.next_event() or inf) > self.now
        for offer in offers:
            self.is_true(offer)
        for each in lapsed:
            self.has.pop(each.operator, None)

    @rule()
    def restarts(self) -> None:
        """Only what the store knows is left: what is held and what waits. Operators come back one by one."""
        before = self.naive
        self.floor, self.naive = Floor(), Naive(RINGS_S)
        for conversation, (operator, cost) in before.held.items():
            self.both(lambda router, c=conversation, o=operator, k=cost: router.take(c, o, k, self.now))  # type: ignore[misc]
        for waiting in before.waiting.values():
            self.both(lambda router, w=waiting: router.wait(w, self.now))  # type: ignore[misc]
        for operator, has in self.has.items():
            self.both(lambda router, o=operator, h=has: router.present(o, h, self.now))  # type: ignore[misc]

    @invariant()
    def both_know_the_same(self) -> None:
        floor, naive = self.floor, self.naive
        for operator in OPERATORS:
            assert floor.load(operator) == naive.load(operator) <= CAPACITY
            assert set(floor.held(operator)) == {c for c, (holder, _) in naive.held.items() if holder == operator}
            assert {o.conversation for o in floor.offers_of(operator)} == {c for c, o in naive.offers.items() if o.operator == operator}
        for conversation in range(1, 31):
            offer = floor.offered(conversation)
            assert self.plain([offer] if offer else []) == self.plain([o for c, o in naive.offers.items() if c == conversation])
            assert floor.holder(conversation) == naive.held.get(conversation, ("", 0))[0]
            assert floor.place(conversation) == naive.place(conversation)
        for queue in QUEUES:
            line = floor.line(queue)
            assert floor.length(queue) == len(line) == len(set(line))
            assert [floor.place(c) for c in line] == list(range(1, len(line) + 1))

    @invariant()
    def nothing_is_held_twice_or_wrongly_given(self) -> None:
        assert not set(self.naive.waiting) & set(self.naive.held)
        for operator in OPERATORS:
            for offer in self.floor.offers_of(operator):
                waiting = self.naive.waiting[offer.conversation]
                assert operator != waiting.shunned
                assert waiting.wanted == operator if waiting.wanted else serves(self.has[operator], waiting.rings[-1])

    @invariant()
    def nobody_waits_whom_a_free_operator_could_serve(self) -> None:
        """Nor does anybody who needs more room than a free operator has, unless one is kept free for him."""
        naive = self.naive
        for number in naive.open():
            waiting = naive.waiting[number]
            for operator in naive.people:
                if naive.is_free(operator) and naive.eligible(waiting, operator, naive.needs(waiting)):
                    assert naive.load(operator) + waiting.cost > CAPACITY
                    assert number in naive.savers

    @invariant()
    def nobody_is_asked_about_two(self) -> None:
        """But about what was transferred to him."""
        for operator in OPERATORS:
            assert sum(not self.naive.waiting[o.conversation].wanted for o in self.floor.offers_of(operator)) <= 1

    @invariant()
    def one_is_kept_free_for_one_who_waits(self) -> None:
        naive = self.naive
        assert set(naive.savers) <= set(naive.open())
        assert {operator: number for number, operator in naive.savers.items()} == {n: p.saving for n, p in naive.people.items() if p.saving}


class Walk:
    """A long way at random through the same rules: it comes to corners that a short one seldom reaches."""

    def __init__(self, seed: int) -> None:
        self.chance, self.queueing = Random(seed), Queueing()
        self.calls, self.most = self.chance.choice((0.1, 0.4, 0.8)), self.chance.choice((6, 14, 30))

    def step(self) -> None:
        chance, queueing = self.chance, self.queueing
        number, operator = chance.randint(1, self.most), chance.choice(OPERATORS)
        steps: dict[Callable[[], None], float] = {
            lambda: self.arrives(number): 30,
            lambda: queueing.ready(operator, self.has()): 12,
            lambda: queueing.vanishes(operator): 4,
            lambda: queueing.accepts(number): 16,
            lambda: queueing.rejects(number): 5,
            lambda: queueing.is_asked_again(number): 5,
            lambda: queueing.takes(number, operator): 2,
            lambda: queueing.types(operator, chance.randint(1, 5)): 3,
            lambda: queueing.ends(number): 13,
            lambda: queueing.hangs_up(number): 3,
            lambda: queueing.is_transferred(number, chance.choice(QUEUES)): 2,
            lambda: queueing.time_passes(chance.choice((1, 1, 2, 3, 5, 12))): 15,
            queueing.restarts: 0.1,
        }
        chance.choices(list(steps), list(steps.values()))[0]()
        queueing.both_know_the_same()
        queueing.nothing_is_held_twice_or_wrongly_given()
        queueing.nobody_waits_whom_a_free_operator_could_serve()
        queueing.nobody_is_asked_about_two()
        queueing.one_is_kept_free_for_one_who_waits()

    def arrives(self, number: int) -> None:
        chance = self.chance
        cost = CAPACITY if chance.random() < self.calls else chance.choice((10, 25))
        waited_s, priority_s = chance.choice((0, 0, 0, 3, 12, 30)), chance.choice((0, 0, 20))
        wanted, shunned, preferred = (chance.choice(OPERATORS) if chance.random() < share else "" for share in (0.08, 0.1, 0.15))
        self.queueing.arrives(number, chance.choice(QUEUES), cost, chance.randint(0, 3), waited_s, priority_s, wanted, shunned, preferred)

    def has(self) -> Skills:
        served = [queue for queue in QUEUES if self.chance.random() < 0.6]
        return skills(dict.fromkeys(served, 1) | {"passports": self.chance.randint(1, 3)})


@pytest.mark.parametrize("seed", range(20))
def test_a_long_way_through_everything(seed: int) -> None:
    # CH-08, CH-09, CH-10
    walk = Walk(seed)
    for _ in range(400):
        walk.step()


TestQueueing = Queueing.TestCase
TestQueueing.settings = settings(max_examples=100, stateful_step_count=60)
