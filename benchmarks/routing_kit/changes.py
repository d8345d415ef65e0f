"""Changes of operators' states: how many a router works off in a second, at the size of a large installation of app_queue.

5,000 operators serve five of 200 queues each; a change is one of them becoming busy or free. To app_queue it is a device state. To a
router of the kit he wraps a call up, or is ready and is offered the next. Calls come, are taken and end meanwhile, but only the
changes are timed. Rounds of several alternate, so that a change of the machine's speed meets all.
"""

from collections.abc import Callable, Mapping, Sequence
from random import Random
from time import monotonic, perf_counter
from typing import Protocol, TypeVar

from benchmarks.report import rounded
from benchmarks.routing_kit.load import HANDLING_S, WRAP_UP_S
from benchmarks.routing_kit.router import Event, Kind, Router, Skills

T = TypeVar("T")
OPERATORS, QUEUES, OWN = 5_000, 200, 5
PLANNED = 0.88
"""Of the operators' time, as a contact centre plans it."""
WAITING = 6_000
CHANGES = 20_000
"""In a round."""
ROUNDS = 8
ENOUGH_S = 60.0
"""After a minute no round is begun."""

LOGINS = [f"{number:05d}" for number in range(OPERATORS)]
NAMES = [f"queue-{number:03d}" for number in range(QUEUES)]
ALIKE = [[NAMES[(number + each) % QUEUES] for each in range(OWN)] for number in range(OPERATORS)]
"""200 profiles of 25 operators: five queues in a row, each queue in five profiles."""
UNLIKE = [Random(number).sample(NAMES, OWN) for number in range(OPERATORS)]
"""Hardly two operators serve the same."""


class Changing(Protocol):
    def changes_per_s(self) -> float:
        """In one round."""


class Hall:
    """A router and its operators, who talk, wrap up and are ready again; all of it is memoryless, so chance says what is next."""

    def __init__(self, router: Router, served: Sequence[Sequence[str]], load: float, waiting: int = 0) -> None:
        """`load` is the share of their time that the calls take; so many wait at the beginning."""
        self._router, self._chance = router, Random(1)
        self._has: list[Skills] = [tuple(sorted(dict.fromkeys(own, 1).items())) for own in served]
        self._calls_per_s = load * OPERATORS / (HANDLING_S + WRAP_UP_S)
        self._talking: list[tuple[int, int]] = []
        self._wrapping_up: list[int] = []
        self._now_s = self._took_s = 0.0
        self._calls = self._changes = 0
        for number in range(OPERATORS):
            router.handle(Event("ready", 0, operator=LOGINS[number], skills=self._has[number]))
            if number < OPERATORS * load:
                self._talking.append((-number - 1, number))
                router.handle(Event("hold", 0, call=-number - 1, operator=LOGINS[number]))
        for _ in range(waiting):
            self._call()

    def changes_per_s(self) -> float:
        self._took_s, self._changes = 0.0, 0
        while self._changes < CHANGES:
            self._go_on()
        return self._changes / self._took_s

    def _go_on(self) -> None:
        calls_per_s, ends_per_s, ready_per_s = self._calls_per_s, len(self._talking) / HANDLING_S, len(self._wrapping_up) / WRAP_UP_S
        self._now_s += self._chance.expovariate(calls_per_s + ends_per_s + ready_per_s)
        event, = self._chance.choices((self._call, self._end, self._be_ready), (calls_per_s, ends_per_s, ready_per_s))
        event()

    def _call(self) -> None:
        self._calls += 1
        queue = self._chance.choice(NAMES)
        self._accept(self._router.handle(
            Event("arrive", self._now_s, self._calls, queue=queue, since=self._now_s, needs=(((queue, 1),),))))

    def _end(self) -> None:
        call, number = self._one_of(self._talking)
        self._change("away", number)
        self._router.handle(Event("end", self._now_s, call, LOGINS[number]))
        self._wrapping_up.append(number)

    def _be_ready(self) -> None:
        number = self._one_of(self._wrapping_up)
        self._accept(self._change("ready", number, self._has[number]))

    def _change(self, kind: Kind, number: int, has: Skills = ()) -> list[tuple[int, str]]:
        router = self._router
        timed, words = router.prepare(Event(kind, self._now_s, operator=LOGINS[number], skills=has))
        start = perf_counter()
        answer = timed(*words)
        router.next_event()
        self._took_s += perf_counter() - start
        self._changes += 1
        return router.offers(answer)

    def _accept(self, offers: list[tuple[int, str]]) -> None:
        for call, operator in offers:
            self._router.handle(Event("accept", self._now_s, call, operator))
            self._talking.append((call, int(operator)))

    def _one_of(self, several: list[T]) -> T:
        place = self._chance.randrange(len(several))
        several[place], several[-1] = several[-1], several[place]
        return several.pop()


def halls(name: str, made: Callable[[], Router]) -> dict[str, Changing]:
    """With a planned load, with more waiting than can be served, and the same where no two operators serve alike."""
    return {name: Hall(made(), ALIKE, PLANNED), f"{name}_full": Hall(made(), ALIKE, 1, WAITING),
            f"{name}_unlike": Hall(made(), UNLIKE, 1, WAITING)}


def compare(several: Mapping[str, Changing]) -> dict[str, float]:
    """Changes a second, in the best round of each."""
    best, enough_s = dict.fromkeys(several, 0.0), monotonic() + ENOUGH_S
    for _ in range(ROUNDS):
        best |= {name: max(best[name], each.changes_per_s()) for name, each in several.items()}
        if monotonic() > enough_s:
            break
    return {f"{name}_events_per_s": rounded(per_s) for name, per_s in best.items()}
