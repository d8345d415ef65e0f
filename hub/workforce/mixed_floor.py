"""Simulation of one pool of operators with calls and concurrent chats, for one rate of arrivals (CH-10). Pure.

As the router does: a call needs an operator without anything, a chat goes to the fullest operator with room for it. First come, first
served within each kind. Poisson arrivals, exponential handling times and patience.
"""

from collections import deque
from heapq import heappop, heappush
from math import inf
from random import Random

from msgspec import Struct

from hub.workforce.erlang import Prediction

SIMULATED, FIRST = 1_500, 150
"""Counted contacts, and those before them who fill the floor."""
SEED = 20_261_201
QUARTER_S = 900.0
CALL, CHAT = 0, 1


class Mix(Struct, frozen=True):
    """Contacts in a quarter of an hour, with their mean handling times."""

    calls: float
    chats: float
    call_s: float
    chat_s: float


class _Floor:
    """`places` are operators by the number of their chats; a call takes its operator out of them."""

    def __init__(self, operators: int, at_once: int, random: Random) -> None:
        self.places = [operators, *[0] * at_once]
        self._random = random

    def takes(self, kind: int) -> bool:
        if kind == CALL:
            self.places[0] -= bool(free := self.places[0] > 0)
            return free
        for chats in range(len(self.places) - 2, -1, -1):
            if self.places[chats]:
                self.places[chats] -= 1
                self.places[chats + 1] += 1
                return True
        return False

    def ends(self, kind: int) -> None:
        """A call, or one of all chats by chance: each is as likely to be the one that is over."""
        if kind == CALL:
            self.places[0] += 1
            return
        weights = [chats * number for chats, number in enumerate(self.places)]
        chats = self._random.choices(range(len(weights)), weights)[0]
        self.places[chats] -= 1
        self.places[chats - 1] += 1


class _Run:
    def __init__(self, mix: Mix, floor: _Floor, patience_s: float, random: Random) -> None:
        self._means, self._floor, self._patience_s, self._random = (mix.call_s, mix.chat_s), floor, patience_s, random
        self._queues: tuple[deque[tuple[float, float]], ...] = (deque(), deque())
        """Of calls and of chats: arrival and end of patience."""
        self._ends: list[tuple[float, int]] = []
        self.now_s = self.idle_s = 0.0
        """`idle_s` sums the time of operators without anything."""
        self.waits: list[tuple[float, bool]] = []
        """Of all who were answered (True) or gave up."""

    def arrive(self, kind: int, at_s: float) -> None:
        while self._ends and self._ends[0][0] <= at_s:
            ended_s, ended = heappop(self._ends)
            self._pass(ended_s)
            self._floor.ends(ended)
            self._serve()
        self._pass(at_s)
        patience_s = self._random.expovariate(1 / self._patience_s) if self._patience_s < inf else inf
        self._queues[kind].append((at_s, at_s + patience_s))
        self._serve()

    def _pass(self, until_s: float) -> None:
        self.idle_s += (until_s - self.now_s) * self._floor.places[0]
        self.now_s = until_s

    def _serve(self) -> None:
        """Whoever came first of those who can be served."""
        while any(self._first(kind) for kind in sorted((CALL, CHAT), key=self._came_s)):
            pass

    def _came_s(self, kind: int) -> float:
        return self._queues[kind][0][0] if self._queues[kind] else inf

    def _first(self, kind: int) -> bool:
        """Whether the first of a queue left it."""
        if not self._queues[kind]:
            return False
        came_s, leaves_s = self._queues[kind][0]
        if leaves_s <= self.now_s:
            self.waits.append((leaves_s - came_s, False))
        elif self._floor.takes(kind):
            self.waits.append((self.now_s - came_s, True))
            heappush(self._ends, (self.now_s + self._random.expovariate(1 / self._means[kind]), kind))
        else:
            return False
        self._queues[kind].popleft()
        return True


def simulated(mix: Mix, operators: int, at_once: int, within_s: float, patience_s: float, seed: int = SEED) -> Prediction:
    """What `operators` achieve who take `at_once` chats or one call each; `patience_s` may be infinite."""
    random = Random(seed)  # noqa: S311 - a simulation
    run = _Run(mix, _Floor(operators, at_once, random), patience_s, random)
    rate, calls = (mix.calls + mix.chats) / QUARTER_S, mix.calls / (mix.calls + mix.chats)
    begun_s = 0.0
    for number in range(FIRST + SIMULATED):
        if number == FIRST:
            begun_s, run.idle_s = run.now_s, 0.0
            run.waits.clear()
        run.arrive(CALL if random.random() < calls else CHAT, run.now_s + random.expovariate(rate))
    waits, every = run.waits, max(len(run.waits), 1)
    return Prediction(
        sum(wait_s > 0 for wait_s, _ in waits) / every, sum(answered and wait_s <= within_s for wait_s, answered in waits) / every,
        sum(wait_s for wait_s, _ in waits) / every, sum(not answered for _, answered in waits) / every,
        1 - run.idle_s / ((run.now_s - begun_s) * operators))
