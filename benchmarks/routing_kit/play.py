"""Plays a load to a router: once by the oracle, and several times by the clock."""

import gc
from collections.abc import Callable
from dataclasses import dataclass, field
from time import perf_counter, process_time

from benchmarks.report import rounded
from benchmarks.routing_kit.load import LOADS, Centre
from benchmarks.routing_kit.oracle import Oracle
from benchmarks.routing_kit.router import Event, Router

ROUNDS = 3


@dataclass
class Played:
    """One load: how long the same events took in each round, and each event of them, in seconds."""

    decisions: int
    events: int
    took_s: list[float] = field(default_factory=list)
    used_s: list[float] = field(default_factory=list)
    """The same of this process alone: processor time, which other load does not change much."""
    each_s: list[float] = field(default_factory=list)

    @property
    def per_s(self) -> float:
        # The best round is the one that was disturbed least.
        return self.decisions / min(self.took_s)

    @property
    def per_cpu_s(self) -> float:
        return self.decisions / min(self.used_s)

    def percentile_us(self, share: float) -> float:
        return rounded(sorted(self.each_s)[int(len(self.each_s) * share)] * 1e6)


def judge(load: str, centre: Centre, made: Callable[[], Router], decisions: int) -> Oracle:
    """So many decisions under a load, each compared with everything else that could have been decided."""
    oracle, router = Oracle(), made()
    LOADS[load](centre, router, oracle.watch).go_on(decisions)
    router.close()
    return oracle


def play(load: str, centre: Centre, made: Callable[[], Router], decisions: int) -> Played:
    """So many decisions under a load, after a quarter of them has brought the centre into its stride."""
    router = made()
    work = LOADS[load](centre, router)
    work.go_on(decisions // 4)
    before, decided = len(work.script), work.decisions
    work.go_on(decisions)
    router.close()
    played = Played(work.decisions - decided, len(work.script) - before)
    for _ in range(ROUNDS):
        took_s, used_s = _round(work.script, before, made(), None)
        played.took_s.append(took_s)
        played.used_s.append(used_s)
    _round(work.script, before, made(), played.each_s)
    return played


def _round(script: list[Event], before: int, router: Router, each_s: list[float] | None) -> tuple[float, float]:
    """Seconds, and seconds of this process, for what was written down after `before`."""
    for event in script[:before]:
        router.handle(event)
        router.next_event()
    next_event = router.next_event
    steps = [router.prepare(event) for event in script[before:]]
    # As `okno run` does: what was there at the start is not looked at again.
    gc.collect()
    gc.freeze()
    start, used_s = perf_counter(), process_time()
    if each_s is None:
        for step, words in steps:
            step(*words)
            next_event()
    else:
        for step, words in steps:
            began = perf_counter()
            step(*words)
            next_event()
            each_s.append(perf_counter() - began)
    took_s, used_s = perf_counter() - start, process_time() - used_s
    gc.unfreeze()
    router.close()
    return took_s, used_s


def figures(load: str, played: Played) -> dict[str, float]:
    return {
        f"{load}_decisions_per_s": rounded(played.per_s), f"{load}_events_per_decision": rounded(played.events / played.decisions),
        f"{load}_p50_us": played.percentile_us(0.5), f"{load}_p99_us": played.percentile_us(0.99),
        f"{load}_p999_us": played.percentile_us(0.999),
    }
