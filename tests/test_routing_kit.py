"""The kit of benchmarks/routing_kit: its oracle has nothing against Okno's router, and much against an unfair one."""

import json
import sys
from pathlib import Path

import pytest

from benchmarks.routing_kit.__main__ import fairness, main
from benchmarks.routing_kit.load import LOADS, Centre
from benchmarks.routing_kit.okno import OknoRouter
from benchmarks.routing_kit.play import figures, judge, play
from benchmarks.routing_kit.router import WHOLE, Event, Offer, Router, router_named

SMALL = Centre(operators=40, queues=20, profiles=4)
OWN = 2
"""The level at which operators know their own queues."""


class FirstComeRouter(Router):
    """Unfair: offers to whoever serves the queue and was ready first in the morning, and never to those who serve it less well."""

    def __init__(self) -> None:
        self.ready: dict[str, dict[str, int]] = {}
        self.calls: dict[int, str] = {}
        self.waiting: dict[int, Event] = {}

    def handle(self, event: Event) -> list[Offer]:
        if event.kind == "ready":
            self.ready[event.operator] = dict(event.skills)
        elif event.kind == "away":
            del self.ready[event.operator]
        elif event.kind == "arrive":
            self.waiting[event.call] = event
        elif event.kind in {"hold", "accept"}:
            self.calls[event.call] = event.operator
        elif event.kind in {"reject", "end"}:
            del self.calls[event.call]
        offers: list[Offer] = []
        for call, waiting in reversed(self.waiting.items()):
            for operator in sorted(self.ready):
                if operator not in self.calls.values() and self.ready[operator].get(waiting.queue) == OWN:
                    self.calls[call] = operator
                    offers.append((call, operator))
                    break
        for call, _ in offers:
            del self.waiting[call]
        return offers


PROCESS = """
import json, sys
from benchmarks.routing_kit.okno import OknoRouter
from benchmarks.routing_kit.router import Event
router = OknoRouter()
pairs = lambda skills: tuple(sorted(skills.items()))
for line in sys.stdin:
    words = json.loads(line)
    kind = words.pop("event")
    words["skills"], words["needs"] = pairs(words.get("skills", {})), tuple(pairs(each) for each in words.get("needs", ()))
    offers = router.handle(Event(kind, **words))
    print(json.dumps({"offers": offers, "next": router.next_event()}), flush=True)
"""


@pytest.mark.parametrize("load", LOADS)
def test_the_oracle_finds_nothing_wrong_with_our_router(load: str) -> None:
    oracle = judge(load, SMALL, OknoRouter, 400)
    assert oracle.wrong == {}, oracle.examples


def test_the_oracle_catches_an_unfair_router() -> None:
    light, full = (judge(load, SMALL, FirstComeRouter, 400) for load in ("light", "full"))
    assert light.wrong["not_longest_idle"] > 50
    assert light.wrong["idle_while_waiting"] > 50
    assert full.wrong["not_longest_waiting"] > 50
    assert "has been idle longer" in "".join(light.examples + full.examples)


def test_what_is_not_possible_is_named() -> None:
    class Twice(OknoRouter):
        def handle(self, event: Event) -> list[Offer]:
            return [offer for offer in super().handle(event) for _ in range(2)]

    assert judge("light", SMALL, Twice, 100).wrong["impossible"] > 10


def test_an_offer_of_nothing_ends_the_run() -> None:
    class Inventor(OknoRouter):
        def handle(self, event: Event) -> list[Offer]:
            return [(10**9, "00001")]

    with pytest.raises(ValueError, match="nobody waits with it"):
        judge("light", SMALL, Inventor, 1)


def test_a_program_of_json_lines_is_a_router(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", ".")
    program = tmp_path / "router.py"
    program.write_text(PROCESS)
    made = router_named(f"{sys.executable} {program}")
    assert judge("light", SMALL, made, 100).wrong == {}
    played = play("full", SMALL, made, 100)
    assert (played.decisions, len(played.each_s)) == (100, played.events)
    assert figures("full", played)["full_decisions_per_s"] > 0


def test_a_program_that_ends_is_told() -> None:
    with pytest.raises(RuntimeError, match="ended with 0"):
        router_named(f"{sys.executable} -c pass")().handle(Event("tick", 0))


def test_an_unfair_router_fails_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--router", f"{__name__}:FirstComeRouter", "--judge-only", "--judged", "20"]) == 1
    out, err = capsys.readouterr()
    assert json.loads(out)["goals"] == {"wrong <= 0": False}
    assert "light: at " in err
    assert fairness(OknoRouter, 200) == {"wrong": 0}


def test_a_call_takes_all_of_an_operator() -> None:
    router = OknoRouter()
    assert router.handle(Event("ready", 0, operator="anna", skills=(("a", 1),))) == []
    waiting = [Event("arrive", 1, call, queue="a", since=1, needs=((("a", 1),),)) for call in (1, 2)]
    assert [router.handle(each) for each in waiting] == [[(1, "anna")], []]
    assert waiting[0].cost == WHOLE
