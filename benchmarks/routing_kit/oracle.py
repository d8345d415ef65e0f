"""The oracle of fairness: looks at everybody after each event, and says which offers and omissions were wrong.

It knows no router. A call goes to the operator who has been idle longest of those who may take it, and an operator gets the call
that has waited longest of those that they may take; nobody waits while somebody idle may take their call. Between equals, the
router is free. It judges loads of calls only: where conversations share an operator, capacity is reserved, and what is fair
depends on how.
"""

from collections import Counter
from dataclasses import dataclass, field

from benchmarks.routing_kit.router import RINGS_S, Event, Offer, Skills

SHOWN = 5


@dataclass
class Person:
    """An operator who is ready."""

    levels: dict[str, int]
    idle_since: float
    refused: set[int] = field(default_factory=set)


class Oracle:
    """Feed it each event with the offers that followed; then read `wrong` and `examples`."""

    def __init__(self) -> None:
        self.wrong: Counter[str] = Counter()
        """How many offers and omissions were wrong, by reason."""
        self.examples: list[str] = []
        self._ready: dict[str, Person] = {}
        self._calls: dict[str, set[int]] = {}
        """What each operator has, offers included."""
        self._waiting: dict[int, Event] = {}
        self._offered: dict[int, str] = {}

    def watch(self, event: Event, offers: list[Offer]) -> None:
        self._happen(event)
        for call, operator in offers:
            self._judge(call, operator, event.now)
        idle = self._idle()
        for call, waiting in self._waiting.items() if idle else ():
            if call not in self._offered and any(self._may(waiting, name, event.now) for name in idle):
                self._note("idle_while_waiting", f"at {event.now:.3f} call {call} waits although somebody idle may take it")

    def _happen(self, event: Event) -> None:  # noqa: C901 - one case a kind of event
        calls = self._calls.setdefault(event.operator, set())
        match event.kind:
            case "ready":
                self._ready[event.operator] = Person(dict(event.skills), event.now)
            case "away":
                self._ready.pop(event.operator, None)
            case "arrive":
                self._waiting[event.call] = event
            case "hold":
                calls.add(event.call)
            case "accept":
                del self._waiting[event.call]
                self._offered.pop(event.call, None)
            case "reject":
                self._offered.pop(event.call, None)
                calls.discard(event.call)
                if person := self._ready.get(event.operator):
                    person.idle_since = event.now
                    person.refused.add(event.call)
            case "end":
                calls.discard(event.call)
                if person := self._ready.get(event.operator):
                    person.idle_since = event.now
            case "tick":
                pass

    def _judge(self, call: int, operator: str, now: float) -> None:
        offer = f"at {now:.3f} call {call} is offered to {operator}"
        waiting = self._waiting.get(call)
        if waiting is None or call in self._offered or operator not in self._idle() or not self._may(waiting, operator, now):
            self._note("impossible", f"{offer}, which is not possible")
        else:
            idle_since = self._ready[operator].idle_since
            longer = [name for name in self._idle() if self._ready[name].idle_since < idle_since and self._may(waiting, name, now)]
            if longer:
                self._note("not_longest_idle", f"{offer}, but {longer[0]} has been idle longer")
            older = [each.call for each in self._waiting.values()
                     if each.since < waiting.since and each.call not in self._offered and self._may(each, operator, now)]
            if older:
                self._note("not_longest_waiting", f"{offer}, but call {older[0]} has waited longer")
        self._offered[call] = operator
        self._calls.setdefault(operator, set()).add(call)

    def _idle(self) -> list[str]:
        return [name for name in self._ready if not self._calls.get(name)]

    def _may(self, waiting: Event, operator: str, now: float) -> bool:
        """Whether an operator may be offered a call now: by its present needs, and not rejected before."""
        person = self._ready[operator]
        return waiting.call not in person.refused and all(person.levels.get(name, 0) >= level for name, level in self._needs(waiting, now))

    @staticmethod
    def _needs(waiting: Event, now: float) -> Skills:
        return waiting.needs[min(sum(waiting.since + after_s <= now for after_s in RINGS_S), len(waiting.needs) - 1)]

    def _note(self, reason: str, example: str) -> None:
        self.wrong[reason] += 1
        if len(self.examples) < SHOWN:
            self.examples.append(example)
