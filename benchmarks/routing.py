"""The router alone, in one process: decisions a second and what one event costs, with 12,000 operators and 1,000 queues.

A day's work is made once on a virtual clock with the real floor and written down; then the same events are played to a fresh
floor as fast as it takes them, and once more with a stop-watch on each. A decision is an offer. Around it lie the events that
belong to it: the conversation comes, the offer is accepted (2 % are rejected), the operator goes into wrap-up, the conversation
ends, the operator is ready again. What the clock brings (wider rings) is an event, too. After each event the floor is asked when
the clock brings the next, as the hub asks it.
"""

import gc
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from heapq import heappop, heappush
from math import log
from random import Random
from time import perf_counter

from tqdm import tqdm

from benchmarks.app_queue import compare
from benchmarks.report import report, rounded
from hub.access.operator import CAPACITY
from hub.conversations.channel_traits import Cost
from hub.dispatch.offer import Offer, Waiting
from hub.organisation.queue import Skills, skills
from okno.__main__ import COLLECTOR
from routing.assignment import Floor

OPERATORS, FEW = 12_000, 1_200
WAITING = 15_000
QUEUES, PROFILES = 1_000, 200
OWN = QUEUES // PROFILES
HANDLING_S, WRAP_UP_S, ANSWER_S = 300.0, 20.0, 2.0
LIGHT = 0.7
"""Of the operators' time, under light load."""
MIXED = 0.9
"""The same, with calls and chats for the same operators."""
CALLS, DAYS = 0.4, range(3, 9)
"""Of the mixed run: the share of calls, and what chance begins with; one day says little of the longest wait."""
REJECTED = 0.02
DECISIONS = 16_000
ROUNDS = 3
POOL = 300
"""Operators of the mixed run, who all serve every queue."""
GOALS = ["light_decisions_per_s >= 50000", "full_decisions_per_s >= 50000", "light_p99_us <= 100", "full_p99_us <= 100",
         "light_growth <= 2", "full_growth <= 2", "voice_max_wait_s <= 300", "times_app_queue >= 1000"]

Event = tuple[str, tuple[object, ...]]
"""A method of the floor and its arguments."""


def profile(number: int) -> Skills:
    """One of 200: knows its own five queues well, and the next profile's well enough for those who have waited."""
    own = {queue(number * OWN + each): 2 for each in range(OWN)}
    others = {queue((number + 1) % PROFILES * OWN + each): 1 for each in range(OWN)}
    return skills({"russian": 1} | own | others)


def queue(number: int) -> str:
    return f"queue-{number:03d}"


RINGS = [tuple(skills({"russian": 1, queue(number): level}) for level in (2, 1)) for number in range(QUEUES)]
HAS = [profile(number) for number in range(PROFILES)]


@dataclass
class Work:
    """Citizens and operators on a virtual clock; whatever they do to the floor is written down."""

    chance: Random
    operators: int
    has: list[Skills]
    voice: float = 1.0
    """Share of the conversations that are calls; the others are chats."""
    floor: Floor = field(default_factory=Floor)
    script: list[Event] = field(default_factory=list)
    decisions: int = 0
    longest_s: dict[int, float] = field(default_factory=lambda: dict.fromkeys((Cost.CALL, Cost.CHAT), 0.0))
    """The longest wait for an offer, by cost."""
    _plan: list[tuple[float, int, Callable[..., None], tuple[object, ...]]] = field(default_factory=list)
    _serial: int = 0
    _now: float = 0
    _waiting: dict[int, Waiting] = field(default_factory=dict)

    def staffed(self) -> None:
        for number in range(self.operators):
            self._tell("present", self._login(number), self.has[number % len(self.has)])

    def busy(self, load: float) -> None:
        """Everybody whom the load keeps busy has a call that has begun already, and ends some time."""
        for number in range(int(self.operators * load)):
            self._tell("take", -number - 1, self._login(number), CAPACITY)
            self._after(self.chance.uniform(0, HANDLING_S), self._end, -number - 1, self._login(number), CAPACITY)

    def waiting(self, number: int) -> None:
        """So many wait already; the oldest first."""
        for each in range(number):
            self._come(each - number)

    def arrive(self, per_s: float) -> None:
        self._come(0)
        self._after(self.chance.expovariate(per_s), self.arrive, per_s)

    def go_on(self, decisions: int) -> None:
        """Until so many more offers have been made."""
        enough = self.decisions + decisions
        while self.decisions < enough:
            self._now, _, step, words = heappop(self._plan)
            while (due := self.floor.next_event()) is not None and due <= self._now:
                self._tell("advance", due)
            step(*words)

    def _come(self, since: float) -> None:
        self._serial += 1
        number = self.chance.randrange(QUEUES)
        cost = Cost.CALL if self.chance.random() < self.voice else Cost.CHAT
        waiting = Waiting(self._serial, queue(number), self._now + since, cost, RINGS[number])
        self._waiting[self._serial] = waiting
        self._tell("wait", waiting)

    def _answer(self, offer: Offer) -> None:
        waiting = self._waiting[offer.conversation]
        if self.chance.random() < REJECTED:
            self._tell("reject", offer.conversation, offer.operator)
            return
        del self._waiting[offer.conversation]
        self._tell("take", offer.conversation, offer.operator, waiting.cost)
        # Brown et al., JASA 2005: handling times are lognormal. Half a unit of variance in the logarithm keeps the mean.
        self._after(self.chance.lognormvariate(log(HANDLING_S) - 0.5, 1), self._end, offer.conversation, offer.operator, waiting.cost)

    def _end(self, conversation: int, operator: str, cost: int) -> None:
        """After a call there is wrap-up; after a chat the others go on."""
        if cost == CAPACITY:
            self._tell("present", operator, ())
            self._after(WRAP_UP_S, self._tell, "present", operator, self.has[int(operator) % len(self.has)])
        self._tell("release", conversation)

    def _tell(self, method: str, *words: object) -> None:
        if method != "advance":
            words = (*words, self._now)
        self.script.append((method, words))
        said = getattr(self.floor, method)(*words)
        self.floor.next_event()
        offers: list[Offer] = said[1] if method == "advance" else said
        for offer in offers:
            self.decisions += 1
            waiting = self._waiting[offer.conversation]
            self.longest_s[waiting.cost] = max(self.longest_s[waiting.cost], offer.why.waited_s)
            self._after(ANSWER_S, self._answer, offer)

    def _after(self, seconds: float, step: Callable[..., None], *words: object) -> None:
        self._serial += 1
        heappush(self._plan, (self._now + seconds, self._serial, step, words))

    @staticmethod
    def _login(number: int) -> str:
        return f"{number:05d}"


@dataclass
class Played:
    """One load: how long the same events took in each round, and each event of them, in seconds."""

    decisions: int
    events: int
    took_s: list[float] = field(default_factory=list)
    each_s: list[float] = field(default_factory=list)

    @property
    def per_s(self) -> float:
        # The best round is the one that was disturbed least.
        return self.decisions / min(self.took_s)

    def percentile_us(self, share: float) -> float:
        return rounded(sorted(self.each_s)[int(len(self.each_s) * share)] * 1e6)


def light(operators: int) -> Work:
    work = Work(Random(1), operators, HAS)
    work.staffed()
    work.busy(LIGHT)
    work.arrive(operators * LIGHT / (HANDLING_S + WRAP_UP_S))
    return work


def full(operators: int) -> Work:
    """Everybody is busy and more wait than can be served, in proportion to the operators."""
    work = Work(Random(2), operators, HAS)
    work.staffed()
    work.busy(1)
    work.waiting(WAITING * operators // OPERATORS)
    work.arrive(operators / (HANDLING_S + WRAP_UP_S + ANSWER_S))
    return work


def play(work: Work) -> Played:
    work.go_on(DECISIONS // 4)  # until the house is in its stride
    before, decided = len(work.script), work.decisions
    work.go_on(DECISIONS)
    played = Played(work.decisions - decided, len(work.script) - before)
    for _ in range(ROUNDS):
        played.took_s.append(round_of(work.script, before, None))
    round_of(work.script, before, played.each_s)
    return played


def round_of(script: list[Event], before: int, each_s: list[float] | None) -> float:
    """Seconds for what was written down after `before`, on a new floor."""
    floor = Floor()
    for method, words in script[:before]:
        getattr(floor, method)(*words)
        floor.next_event()
    next_event = floor.next_event
    events = [(getattr(floor, method), words) for method, words in script[before:]]
    # As `okno run` does: what was there at the start is not looked at again.
    gc.collect()
    gc.freeze()
    start = perf_counter()
    if each_s is None:
        for event, words in events:
            event(*words)
            next_event()
    else:
        for event, words in events:
            began = perf_counter()
            event(*words)
            next_event()
            each_s.append(perf_counter() - began)
    took_s = perf_counter() - start
    gc.unfreeze()
    return took_s


def mixed() -> dict[str, float]:
    """Calls and chats for the same operators, whom the chats alone never leave without any: how long a call waits at most."""
    waits_s, alone_s = longest_s(CALLS), longest_s(1)
    return {"voice_max_wait_s": rounded(waits_s[Cost.CALL]), "chat_max_wait_s": rounded(waits_s[Cost.CHAT]),
            "voice_alone_max_wait_s": rounded(alone_s[Cost.CALL])}


def longest_s(calls: float) -> dict[int, float]:
    """Of all days, by cost; the operators' time is taken to the same part, whatever the share of calls."""
    everything = skills({"russian": 1} | {queue(number): 2 for number in range(QUEUES)})
    longest_s: dict[int, float] = dict.fromkeys((Cost.CALL, Cost.CHAT), 0.0)
    for day in DAYS:
        work = Work(Random(day), POOL, [everything], voice=calls)
        work.staffed()
        # A chat takes a quarter of an operator.
        work.arrive(MIXED * POOL / (calls * (HANDLING_S + WRAP_UP_S + ANSWER_S) + (1 - calls) * (HANDLING_S + ANSWER_S) / 4))
        work.go_on(DECISIONS)
        longest_s = {cost: max(each_s, work.longest_s[cost]) for cost, each_s in longest_s.items()}
    return longest_s


def main() -> None:
    gc.set_threshold(*COLLECTOR)
    loads = (("light", light), ("full", full))
    figures: dict[str, float] = {}
    with tqdm(total=2 * len(loads) + 2, file=sys.stderr, unit="part") as progress:
        for name, load in loads:
            small = play(load(FEW))
            progress.update()
            large = play(load(OPERATORS))
            progress.update()
            figures |= {
                f"{name}_decisions_per_s": rounded(large.per_s), f"{name}_events_per_decision": rounded(large.events / large.decisions),
                f"{name}_p50_us": large.percentile_us(0.5), f"{name}_p99_us": large.percentile_us(0.99),
                f"{name}_p999_us": large.percentile_us(0.999), f"{name}_growth": rounded(small.per_s / large.per_s),
            }
        figures |= mixed()
        progress.update()
        figures |= compare()
        progress.update()
    report("routing", figures, GOALS)


if __name__ == "__main__":
    main()
