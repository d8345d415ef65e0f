"""The load generator: a centre's day on a virtual clock. Whatever it tells the router is written down, to be played again."""

from collections.abc import Callable
from dataclasses import dataclass, field
from heapq import heappop, heappush
from math import log
from random import Random

from benchmarks.routing_kit.router import WHOLE, Event, Kind, Offer, Router, Skills

HANDLING_S, WRAP_UP_S, ANSWER_S = 300.0, 20.0, 2.0
LIGHT = 0.7
"""Of the operators' time, under light load."""
WAITING, OF_OPERATORS = 15_000, 12_000
"""So many wait under full load for so many operators."""
CHAT = 25
REJECTED = 0.02

Watch = Callable[[Event, list[Offer]], None]


@dataclass(frozen=True)
class Centre:
    """Operators in profiles, each with queues of its own."""

    operators: int
    queues: int = 1_000
    profiles: int = 200

    @property
    def own(self) -> int:
        return self.queues // self.profiles

    def has(self) -> list[Skills]:
        """By profile: it knows its own queues well, and the next profile's well enough for those who have waited."""
        return [_skills(self._levels(number, 2) | self._levels((number + 1) % self.profiles, 1)) for number in range(self.profiles)]

    def needs(self) -> list[tuple[Skills, ...]]:
        """By queue."""
        return [tuple(_skills({"russian": 1, queue(number): level}) for level in (2, 1)) for number in range(self.queues)]

    def _levels(self, profile: int, level: int) -> dict[str, int]:
        return {"russian": 1} | {queue(profile * self.own + each): level for each in range(self.own)}


def queue(number: int) -> str:
    return f"queue-{number:03d}"


def _skills(levels: dict[str, int]) -> Skills:
    return tuple(sorted(levels.items()))


@dataclass
class Work:
    """Citizens and operators; whatever they do to the router is written down.

    Who comes when, for how long, and whether their first offer is rejected, is drawn as they come: the same day for all routers.
    """

    chance: Random
    operators: int
    has: list[Skills]
    needs: list[tuple[Skills, ...]]
    router: Router
    voice: float = 1.0
    """Share of the conversations that are calls; the others are chats."""
    watch: Watch | None = None
    """Is told of each event and the offers that followed."""
    script: list[Event] = field(default_factory=list)
    decisions: int = 0
    longest_s: dict[int, float] = field(default_factory=lambda: {WHOLE: 0.0, CHAT: 0.0})
    """The longest wait for an offer, by cost."""
    _plan: list[tuple[float, int, Callable[..., None], tuple[object, ...]]] = field(default_factory=list)
    _serial: int = 0
    _now: float = 0
    _waiting: dict[int, Event] = field(default_factory=dict)
    _handling_s: dict[int, float] = field(default_factory=dict)
    _rejected: set[int] = field(default_factory=set)
    """Calls whose next offer is rejected."""

    def staffed(self) -> None:
        for number in range(self.operators):
            self._ready(self._login(number))

    def busy(self, load: float) -> None:
        """Everybody whom the load keeps busy has a call that has begun already, and ends some time."""
        for number in range(int(self.operators * load)):
            self._tell("hold", call=-number - 1, operator=self._login(number))
            self._after(self.chance.uniform(0, HANDLING_S), self._end, -number - 1, self._login(number), WHOLE)

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
            while (due := self.router.next_event()) is not None and due <= self._now:
                self._hand(Event("tick", due))
            step(*words)

    def _come(self, since: float) -> None:
        self._serial += 1
        number = self.chance.randrange(len(self.needs))
        cost = WHOLE if self.chance.random() < self.voice else CHAT
        came = Event("arrive", self._now, self._serial, "", (), queue(number), self._now + since, cost, self.needs[number])
        self._waiting[came.call] = came
        # Brown et al., JASA 2005: handling times are lognormal. Half a unit of variance in the logarithm keeps the mean.
        self._handling_s[came.call] = self.chance.lognormvariate(log(HANDLING_S) - 0.5, 1)
        if self.chance.random() < REJECTED:
            self._rejected.add(came.call)
        self._hand(came)

    def _ready(self, operator: str) -> None:
        self._tell("ready", operator=operator, skills=self.has[int(operator) % len(self.has)])

    def _answer(self, call: int, operator: str) -> None:
        if call not in self._waiting:  # offered twice: the oracle notes it
            return
        if call in self._rejected:
            self._rejected.remove(call)
            self._tell("reject", call=call, operator=operator)
            return
        cost = self._waiting.pop(call).cost
        self._tell("accept", call=call, operator=operator, cost=cost)
        self._after(self._handling_s.pop(call), self._end, call, operator, cost)

    def _end(self, call: int, operator: str, cost: int) -> None:
        """After a call there is wrap-up; after a chat the others go on."""
        if cost == WHOLE:
            self._tell("away", operator=operator)
            self._after(WRAP_UP_S, self._ready, operator)
        self._tell("end", call=call, operator=operator)

    def _tell(self, kind: Kind, call: int = 0, operator: str = "", skills: Skills = (), cost: int = WHOLE) -> None:
        self._hand(Event(kind, self._now, call, operator, skills, cost=cost))

    def _hand(self, event: Event) -> None:
        self.script.append(event)
        offers = self.router.handle(event)
        if self.watch:
            self.watch(event, offers)
        for call, operator in offers:
            self.decisions += 1
            came = self._waiting.get(call)
            if came is None:
                message = f"the router offers call {call} to {operator}, and nobody waits with it"
                raise ValueError(message)
            self.longest_s[came.cost] = max(self.longest_s[came.cost], event.now - came.since)
            self._after(ANSWER_S, self._answer, call, operator)

    def _after(self, seconds: float, step: Callable[..., None], *words: object) -> None:
        self._serial += 1
        heappush(self._plan, (self._now + seconds, self._serial, step, words))

    @staticmethod
    def _login(number: int) -> str:
        return f"{number:05d}"


def light(centre: Centre, router: Router, watch: Watch | None = None) -> Work:
    work = Work(Random(1), centre.operators, centre.has(), centre.needs(), router, watch=watch)
    work.staffed()
    work.busy(LIGHT)
    work.arrive(centre.operators * LIGHT / (HANDLING_S + WRAP_UP_S))
    return work


def full(centre: Centre, router: Router, watch: Watch | None = None) -> Work:
    """Everybody is busy and more wait than can be served, in proportion to the operators."""
    work = Work(Random(2), centre.operators, centre.has(), centre.needs(), router, watch=watch)
    work.staffed()
    work.busy(1)
    work.waiting(WAITING * centre.operators // OF_OPERATORS)
    work.arrive(centre.operators / (HANDLING_S + WRAP_UP_S + ANSWER_S))
    return work


LOADS = {"light": light, "full": full}
