"""The router alone, in one process: decisions a second and what one event costs, with 12,000 operators and 1,000 queues.

The loads, the clock and Asterisk's app_queue are the kit's (benchmarks/routing_kit), its router the floor. A decision is an offer.
Around it lie the events that belong to it: the conversation comes, the offer is accepted (2 % are rejected), the operator goes into
wrap-up, the conversation ends, the operator is ready again. What the clock brings (wider rings) is an event, too. After each event
the floor is asked when the clock brings the next, as the hub asks it.
"""

import gc
import sys
from contextlib import ExitStack
from random import Random
from statistics import median

from tqdm import tqdm

from benchmarks.report import report, rounded
from benchmarks.routing_kit.app_queue import PLACE, installed, running
from benchmarks.routing_kit.changes import compare, halls
from benchmarks.routing_kit.load import ANSWER_S, CHAT, HANDLING_S, LOADS, WRAP_UP_S, Centre, Work, queue
from benchmarks.routing_kit.okno import OknoRouter
from benchmarks.routing_kit.play import figures, play
from benchmarks.routing_kit.router import WHOLE
from okno.__main__ import COLLECTOR

OPERATORS, FEW = 12_000, 1_200
MIXED = 0.9
"""Of the operators' time, with calls and chats for the same operators."""
CALLS, DAYS = 0.4, range(3, 9)
"""Of the mixed run: the share of calls, and what chance begins with; one day says little of the longest wait."""
DECISIONS = 16_000
POOL = 300
"""Operators of the mixed run, who all serve every queue."""
GOALS = ["light_decisions_per_s >= 50000", "full_decisions_per_s >= 100000", "light_p99_us <= 100", "full_p99_us <= 10",
         "light_growth <= 2", "full_growth <= 2", "voice_max_wait_s <= 30", "times_app_queue >= 1000"]


def mixed() -> dict[str, float]:
    """Calls and chats for the same operators, whom the chats alone never leave without any: how long a call waits at most.

    Of all days, and of the middle one; beside it calls alone at the same load, which wait for nobody's chats.
    """
    waits_s, alone_s = longest_s(CALLS), longest_s(1)
    calls_s, chats_s, alone_calls_s = ([day[cost] for day in days] for days, cost in ((waits_s, WHOLE), (waits_s, CHAT), (alone_s, WHOLE)))
    return {"voice_max_wait_s": rounded(max(calls_s)), "voice_day_max_wait_s": rounded(median(calls_s)),
            "chat_max_wait_s": rounded(max(chats_s)), "chat_day_max_wait_s": rounded(median(chats_s)),
            "voice_alone_max_wait_s": rounded(max(alone_calls_s)), "voice_alone_day_max_wait_s": rounded(median(alone_calls_s))}


def longest_s(calls: float) -> list[dict[int, float]]:
    """The longest wait of each day, by cost; the operators' time is taken to the same part, whatever the share of calls."""
    needs = Centre(POOL).needs()
    everything = tuple(sorted(({"russian": 1} | {queue(number): 2 for number in range(len(needs))}).items()))
    longest_s: list[dict[int, float]] = []
    for day in DAYS:
        work = Work(Random(day), POOL, [everything], needs, OknoRouter(), voice=calls)
        work.staffed()
        # A chat takes a quarter of an operator.
        work.arrive(MIXED * POOL / (calls * (HANDLING_S + WRAP_UP_S + ANSWER_S) + (1 - calls) * (HANDLING_S + ANSWER_S) / 4))
        work.go_on(DECISIONS)
        longest_s.append(work.longest_s)
    return longest_s


def beside_app_queue() -> dict[str, float]:
    """Changes of operators' states a second; without Asterisk the floor's alone, and stderr says so."""
    several, place = halls("floor", OknoRouter), installed()
    with ExitStack() as stack:
        if place:
            several["app_queue"] = stack.enter_context(running(place))
        else:
            print(f"app_queue was not measured: there is no asterisk on PATH, and {PLACE} does not name one", file=sys.stderr)
        found = compare(several)
    return found | ({"times_app_queue": rounded(found["floor_events_per_s"] / found["app_queue_events_per_s"])} if place else {})


def main() -> None:
    gc.set_threshold(*COLLECTOR)
    found: dict[str, float] = {}
    with tqdm(total=2 * len(LOADS) + 2, file=sys.stderr, unit="part") as progress:
        for load in LOADS:
            small = play(load, Centre(FEW), OknoRouter, DECISIONS)
            progress.update()
            large = play(load, Centre(OPERATORS), OknoRouter, DECISIONS)
            progress.update()
            found |= figures(load, large) | {
                f"{load}_growth": rounded(small.per_s / large.per_s), f"{load}_decisions_per_cpu_s": rounded(large.per_cpu_s)}
        found |= mixed()
        progress.update()
        found |= beside_app_queue()
        progress.update()
    report("routing", found, GOALS)


if __name__ == "__main__":
    main()
