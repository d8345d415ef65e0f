"""What the kit asks of a router: events in order of time, offers in return."""

import importlib
import json
import shlex
import subprocess
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, cast

Kind = Literal["ready", "away", "arrive", "hold", "accept", "reject", "end", "tick"]
Skills = tuple[tuple[str, int], ...]
"""Skills with their levels, sorted by name."""
Offer = tuple[int, str]
"""A call and the operator to whom it is offered."""
Step = tuple[Callable[..., object], tuple[object, ...]]
"""A function and its arguments."""

WHOLE = 100
"""The cost of a call: all of an operator's capacity."""
RINGS_S = (5.0, 10.0, 15.0)
"""Seconds of waiting after which the second, third and fourth of an arrival's needs are enough."""


@dataclass(frozen=True, slots=True)
class Event:
    """What happens at the time `now`, in seconds; the README says which kind uses which fields."""

    kind: Kind
    now: float
    call: int = 0
    operator: str = ""
    skills: Skills = ()
    queue: str = ""
    since: float = 0
    cost: int = WHOLE
    needs: tuple[Skills, ...] = ()


class Router(ABC):
    """One router at the beginning of a day. The same events always bring the same offers."""

    @abstractmethod
    def handle(self, event: Event) -> list[Offer]:
        """The offers that follow from an event, in the order in which they were decided."""

    def next_event(self) -> float | None:
        """When the router wants a tick next, if at all; asked after each event."""
        return None

    def prepare(self, event: Event) -> Step:
        """What is timed for an event: a router with types of its own translates them here, where no time is taken."""
        return self.handle, (event,)

    def offers(self, answer: object) -> list[Offer]:
        """What a prepared step returned, as the kit's offers; not timed either."""
        return cast("list[Offer]", answer)

    def close(self) -> None:  # noqa: B027 - most routers have nothing to close
        """It is needed no more."""


class ProcessRouter(Router):
    """A program that reads an event a line from its standard input, and answers each with a line on its standard output."""

    def __init__(self, command: str) -> None:
        self._process = subprocess.Popen(shlex.split(command), stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._next: float | None = None

    def handle(self, event: Event) -> list[Offer]:
        return self.offers(self._ask(as_line(event)))

    def offers(self, answer: object) -> list[Offer]:
        words = json.loads(cast("bytes", answer))
        self._next = words.get("next")
        return [(call, operator) for call, operator in words["offers"]]

    def next_event(self) -> float | None:
        return self._next

    def prepare(self, event: Event) -> Step:
        return self._ask, (as_line(event),)

    def close(self) -> None:
        self._process.kill()
        self._process.communicate()

    def _ask(self, line: bytes) -> bytes:
        stdin, stdout = self._process.stdin, self._process.stdout
        if stdin is None or stdout is None:
            raise RuntimeError("the router has no standard input or output")
        stdin.write(line)
        stdin.flush()
        answer = stdout.readline()
        if not answer:
            message = f"the router ended with {self._process.wait()} at {line!r}"
            raise RuntimeError(message)
        return answer


def as_line(event: Event) -> bytes:
    """An event as a line of JSON."""
    words: dict[str, object] = {"event": event.kind, "now": event.now}
    if event.kind in {"arrive", "hold", "accept", "reject", "end"}:
        words["call"] = event.call
    if event.kind not in {"arrive", "tick"}:
        words["operator"] = event.operator
    if event.kind in {"arrive", "hold", "accept"}:
        words["cost"] = event.cost
    if event.kind == "ready":
        words["skills"] = dict(event.skills)
    if event.kind == "arrive":
        words |= {"queue": event.queue, "since": event.since, "needs": [dict(needs) for needs in event.needs]}
    return json.dumps(words).encode() + b"\n"


def router_named(name: str) -> Callable[[], Router]:
    """Makes the router anew each time: "okno", a class as "module:Class", or else a command."""
    if name == "okno":
        name = "benchmarks.routing_kit.okno:OknoRouter"
    module, colon, kind = name.partition(":")
    if colon and all(part.isidentifier() for part in (*module.split("."), kind)):
        return cast("Callable[[], Router]", getattr(importlib.import_module(module), kind))
    return lambda: ProcessRouter(name)
