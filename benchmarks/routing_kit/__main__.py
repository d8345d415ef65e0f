"""python -m benchmarks.routing_kit --router …: see README.md beside it."""

import argparse
import sys
from collections.abc import Callable

from benchmarks.report import report
from benchmarks.routing_kit.app_queue import PLACE, installed, running
from benchmarks.routing_kit.changes import compare, halls
from benchmarks.routing_kit.load import LOADS, Centre
from benchmarks.routing_kit.play import figures, judge, play
from benchmarks.routing_kit.router import Router, router_named

JUDGED = Centre(operators=120, queues=100, profiles=20)
"""Small, as the oracle looks at everybody each time."""


def main(arguments: list[str] | None = None) -> int:
    """1 where the oracle has found something wrong."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.routing_kit", description="The kit's loads and oracle on one router.")
    parser.add_argument("--router", required=True, help='"okno", "app_queue", a class as module:Class, or a command')
    parser.add_argument("--operators", type=int, default=12_000)
    parser.add_argument("--decisions", type=int, default=16_000)
    parser.add_argument("--judged", type=int, default=1_000, help="decisions of each load that the oracle looks at")
    parser.add_argument("--judge-only", action="store_true", help="fairness alone, without the clock")
    options = parser.parse_args(arguments)
    if options.router == "app_queue":
        return reference()
    made = router_named(options.router)
    measured = fairness(made, options.judged)
    if not options.judge_only:
        for load in LOADS:
            measured |= figures(load, play(load, Centre(options.operators), made, options.decisions))
        measured |= compare(halls("router", made))
    report("routing_kit", measured, ["wrong <= 0"])
    return int(measured["wrong"] > 0)


def fairness(made: Callable[[], Router], decisions: int) -> dict[str, float]:
    """What the oracle found, by reason; examples go to stderr."""
    found: dict[str, float] = {"wrong": 0}
    for load in LOADS:
        oracle = judge(load, JUDGED, made, decisions)
        for example in oracle.examples:
            print(f"{load}: {example}", file=sys.stderr)
        for reason, number in oracle.wrong.items():
            found[reason] = found.get(reason, 0) + number
            found["wrong"] += number
    return found


def reference() -> int:
    """Changes of operators' states, which is what can be asked of app_queue."""
    place = installed()
    if place is None:
        print(f"there is no asterisk on PATH, and {PLACE} does not name one", file=sys.stderr)
        return 2
    with running(place) as asterisk:
        report("routing_kit", compare({"app_queue": asterisk}), [])
    return 0


if __name__ == "__main__":
    sys.exit(main())
