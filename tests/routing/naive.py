"""hub.ports.Router as one would write it without a thought for speed: everybody is looked at each time."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from hub.offers import Lapsed, Offer, Waiting
from hub.operators import CAPACITY


@dataclass
class Person:
    queues: frozenset[str] = frozenset()
    idle_since: int = 0
    refused: set[int] = field(default_factory=set)


class Naive:
    def __init__(self, patience: timedelta) -> None:
        self.patience, self.stamp = patience, 0
        self.waiting: dict[int, Waiting] = {}
        self.offers: dict[int, Offer] = {}
        self.held: dict[int, tuple[str, int]] = {}
        self.people: dict[str, Person] = {}

    def load(self, operator: str) -> int:
        held = sum(cost for holder, cost in self.held.values() if holder == operator)
        return held + sum(self.waiting[o.conversation].cost for o in self.offers.values() if o.operator == operator)

    def suits(self, waiting: Waiting, operator: str) -> bool:
        """Whether it may be offered to him now."""
        person = self.people.get(operator, Person())
        serves = bool(person.queues) and operator == waiting.wanted if waiting.wanted else waiting.queue in person.queues
        return (serves and waiting.shunned != operator and waiting.conversation not in person.refused
                and self.load(operator) + waiting.cost <= CAPACITY)

    def open(self) -> list[Waiting]:
        """Who waits and is not offered to anybody, the longest waiting first."""
        return sorted((w for c, w in self.waiting.items() if c not in self.offers), key=lambda w: (w.since, w.conversation))

    def place(self, conversation: int) -> int:
        me = self.waiting.get(conversation)
        if me is None:
            return 0
        line = [w for w in self.waiting.values() if (w.wanted, w.queue if not w.wanted else "") == (me.wanted, me.queue if not me.wanted else "")]
        return 1 + sum((w.since, w.conversation) < (me.since, me.conversation) for w in line)

    def wait(self, waiting: Waiting, now: datetime) -> list[Offer]:
        before = self._leave(waiting.conversation)
        self.waiting[waiting.conversation] = waiting
        return self._find_operator(waiting, now) + (self._find_work(before.operator, now) if before else [])

    def withdraw(self, conversation: int, now: datetime) -> list[Offer]:
        before = self._leave(conversation)
        return self._find_work(before.operator, now) if before else []

    def take(self, conversation: int, operator: str, cost: int) -> None:
        self._leave(conversation)
        self.held[conversation] = (operator, cost)
        self._busy(operator)

    def release(self, conversation: int, now: datetime) -> list[Offer]:
        operator, _ = self.held.pop(conversation, ("", 0))
        return self._find_work(operator, now) if operator else []

    def present(self, operator: str, queues: Sequence[str], now: datetime) -> list[Offer]:
        person = self.people.setdefault(operator, Person())
        person.queues, person.refused = frozenset(queues), set()
        if queues:
            return self._find_work(operator, now)
        return self._return([o.conversation for o in self.offers.values() if o.operator == operator], now)

    def reject(self, conversation: int, operator: str, now: datetime) -> list[Offer]:
        self.people[operator].refused.add(conversation)
        return self._return([conversation], now) + self._find_work(operator, now)

    def expire(self, now: datetime) -> tuple[list[Lapsed], list[Offer]]:
        away = {o.operator for o in self.offers.values() if o.until <= now}
        lapsed = [Lapsed(o.conversation, o.operator) for o in self.offers.values() if o.operator in away]
        for operator in away:
            self.people[operator] = Person()
        return lapsed, self._return([each.conversation for each in lapsed], now)

    def _return(self, conversations: Iterable[int], now: datetime) -> list[Offer]:
        back = [self.waiting[c] for c in conversations]
        for waiting in back:
            self._busy(self.offers.pop(waiting.conversation).operator)
        return [o for w in sorted(back, key=lambda w: (w.since, w.conversation)) for o in self._find_operator(w, now)]

    def _leave(self, conversation: int) -> Offer | None:
        self.waiting.pop(conversation, None)
        offer = self.offers.pop(conversation, None)
        if offer:
            self._busy(offer.operator)
        return offer

    def _busy(self, operator: str) -> None:
        """Whoever has just had something to do is the last of the idle."""
        self.stamp += 1
        self.people.setdefault(operator, Person()).idle_since = self.stamp

    def _find_operator(self, waiting: Waiting, now: datetime) -> list[Offer]:
        idle = [name for name in self.people if self.suits(waiting, name)]
        return [self._offer(waiting, min(idle, key=lambda name: self.people[name].idle_since), now)] if idle else []

    def _find_work(self, operator: str, now: datetime) -> list[Offer]:
        self._busy(operator)
        offers: list[Offer] = []
        while work := next((w for w in self.open() if self.suits(w, operator)), None):
            offers.append(self._offer(work, operator, now))
        return offers

    def _offer(self, waiting: Waiting, operator: str, now: datetime) -> Offer:
        offer = self.offers[waiting.conversation] = Offer(waiting.conversation, operator, now + self.patience)
        self._busy(operator)
        return offer
