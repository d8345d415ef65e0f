"""hub.reasoning.Router as one would write it without a thought for speed: everybody is looked at each time."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from hub.choices import Rule, Why
from hub.offers import Lapsed, Offer, Waiting
from hub.operators import CAPACITY, COST
from hub.skills import Skills, serves

Line = tuple[Skills, int]
WHY = Why(Rule.IDLE, 0, 0, 0, 0)
"""The naive one does not give reasons."""


@dataclass
class Person:
    has: Skills = ()
    idle_since: int = 0
    refused: set[int] = field(default_factory=set)
    saving: Line | None = None


class Naive:
    def __init__(self, rings_s: tuple[float, ...]) -> None:
        self.rings_s, self.stamp = rings_s, 0
        self.waiting: dict[int, Waiting] = {}
        self.ring: dict[int, int] = {}
        self.offers: dict[int, Offer] = {}
        self.held: dict[int, tuple[str, int]] = {}
        self.people: dict[str, Person] = {}
        self.savers: dict[Line, list[str]] = {}
        self.loose: list[str] = []

    def load(self, operator: str) -> int:
        held = sum(cost for holder, cost in self.held.values() if holder == operator)
        return held + sum(self.waiting[o.conversation].cost for o in self.offers.values() if o.operator == operator)

    def fits(self, operator: str) -> int:
        return sum(cost <= CAPACITY - self.load(operator) for cost in set(COST.values()))

    def line(self, conversation: int) -> Line:
        waiting = self.waiting[conversation]
        return (("@" + waiting.wanted, 1),) if waiting.wanted else waiting.rings[self.ring[conversation]], waiting.cost

    def eligible(self, waiting: Waiting, operator: str, needs: Skills) -> bool:
        person = self.people.get(operator, Person())
        serving = operator == waiting.wanted if waiting.wanted else serves(person.has, needs)
        return bool(person.has) and serving and waiting.shunned != operator and waiting.conversation not in person.refused

    def own(self, operator: str) -> int | None:
        """What was transferred to him and is to be offered to him next."""
        return next((c for c in self.open() if self.waiting[c].wanted == operator and self.eligible(self.waiting[c], operator, ())), None)

    def is_free(self, operator: str) -> bool:
        """Not kept free for something that needs more room than he has."""
        own = self.own(operator)
        return operator not in self.loose and not self.people[operator].saving and (own is None or self.load(operator) + self.waiting[own].cost <= CAPACITY)

    def key(self, conversation: int) -> tuple[float, int]:
        return self.waiting[conversation].since - self.waiting[conversation].priority_s, conversation

    def open(self) -> list[int]:
        """Who waits and is not offered to anybody, the longest waiting first."""
        return sorted((c for c in self.waiting if c not in self.offers), key=self.key)

    def place(self, conversation: int) -> int:
        if conversation not in self.waiting:
            return 0
        me = self.waiting[conversation]
        line = [c for c, w in self.waiting.items() if w.wanted == me.wanted and (w.wanted or w.queue == me.queue)]
        return 1 + sum(self.key(c) < self.key(conversation) for c in line)

    def wait(self, waiting: Waiting, now: float) -> list[Offer]:
        before = self._leave(waiting.conversation)
        self.waiting[waiting.conversation] = waiting
        self.ring[waiting.conversation] = self._ring(waiting, now)
        return self._finish(self._find_operator(waiting.conversation, now) + (self._find_work(before, now) if before else []), now)

    def withdraw(self, conversation: int, now: float) -> list[Offer]:
        before = self._leave(conversation)
        return self._finish(self._find_work(before, now) if before else [], now)

    def take(self, conversation: int, operator: str, cost: int, now: float) -> list[Offer]:
        before = self._leave(conversation)
        self.held[conversation] = (operator, cost)
        self._busy(operator)
        return self._finish(self._find_work(before, now) if before and before != operator else [], now)

    def release(self, conversation: int, now: float) -> list[Offer]:
        operator, _ = self.held.pop(conversation, ("", 0))
        return self._finish(self._find_work(operator, now) if operator else [], now)

    def present(self, operator: str, has: Skills, now: float) -> list[Offer]:
        person = self.people.setdefault(operator, Person())
        self._stop_saving(operator)
        person.has, person.refused = has, set()
        waiting = [self.waiting[o.conversation] for o in self.offers.values() if o.operator == operator]
        returned = [w.conversation for w in waiting if not (has and (w.wanted or serves(has, w.rings[-1])))]
        return self._finish(self._return(returned, now) + (self._find_work(operator, now) if has else []), now)

    def reject(self, conversation: int, operator: str, now: float) -> list[Offer]:
        self.people[operator].refused.add(conversation)
        return self._finish(self._return([conversation], now) + self._find_work(operator, now), now)

    def advance(self, now: float) -> tuple[list[Lapsed], list[Offer]]:
        lapsed: list[Lapsed] = []
        offers: list[Offer] = []
        while due := self._next(now):
            _, conversation, offer = due
            if offer:
                lapsed += [Lapsed(o.conversation, o.operator) for o in self.offers.values() if o.operator == offer.operator]
                offers += self.present(offer.operator, (), now)
            else:
                before = self.line(conversation)
                self.ring[conversation] += 1
                if conversation not in self.offers:
                    self._spare(before)
                    offers += self._find_operator(conversation, now)
        return lapsed, self._finish(offers, now)

    def _ring(self, waiting: Waiting, now: float) -> int:
        if waiting.wanted:
            return 0
        return min(sum(now - waiting.since >= after for after in self.rings_s), len(waiting.rings) - 1)

    def _next(self, now: float) -> tuple[float, int, Offer | None] | None:
        rings = [(w.since + self.rings_s[self.ring[c]], c, None) for c, w in self.waiting.items()
                 if not w.wanted and self.ring[c] + 1 < len(w.rings)]
        due = [each for each in [*rings, *((o.until, o.conversation, o) for o in self.offers.values())] if each[0] <= now]
        return min(due, key=lambda each: each[0], default=None)

    def _finish(self, offers: list[Offer], now: float) -> list[Offer]:
        while self.loose:
            offers = offers + self._find_work(self.loose.pop(), now)
        return offers

    def _return(self, conversations: Iterable[int], now: float) -> list[Offer]:
        back = list(conversations)
        for conversation in back:
            self._busy(self.offers.pop(conversation).operator)
        return [o for c in sorted(back, key=self.key) for o in self._find_operator(c, now)]

    def _leave(self, conversation: int) -> str:
        offer = self.offers.pop(conversation, None)
        line = self.line(conversation) if conversation in self.waiting else None
        self.waiting.pop(conversation, None)
        if offer:
            self._busy(offer.operator)
        elif line and line[0][0][0].startswith("@"):
            self.loose.append(line[0][0][0][1:])
        elif line:
            self._spare(line)
        return offer.operator if offer else ""

    def _spare(self, line: Line) -> None:
        """Let one saver go when there are more than conversations in the line."""
        savers = self.savers.get(line, [])
        if len(savers) > sum(self.line(c) == line for c in self.open()):
            operator = savers.pop()
            self.people[operator].saving = None
            self.loose.append(operator)

    def _save(self, operator: str, line: Line) -> None:
        self.people[operator].saving = line
        self.savers.setdefault(line, []).append(operator)

    def _stop_saving(self, operator: str) -> None:
        person = self.people[operator]
        if person.saving:
            self.savers[person.saving].remove(operator)
            person.saving = None

    def _busy(self, operator: str) -> None:
        """Whoever has just had something to do is the last of the idle."""
        self.stamp += 1
        self.people.setdefault(operator, Person()).idle_since = self.stamp

    def _find_operator(self, conversation: int, now: float) -> list[Offer]:
        waiting = self.waiting[conversation]
        if waiting.wanted:
            return self._find_work(waiting.wanted, now) if self.people.get(waiting.wanted, Person()).has else []
        needs, cost = self.line(conversation)
        free = [n for n in self.people if self.is_free(n) and self.load(n) + cost <= CAPACITY]
        if waiting.preferred in free and self.eligible(waiting, waiting.preferred, waiting.rings[-1]):
            return [self._offer(waiting, waiting.preferred, now)]
        idle = [name for name in free if self.eligible(waiting, name, needs)]
        if idle:
            return [self._offer(waiting, min(idle, key=lambda name: self.people[name].idle_since), now)]
        first = self.waiting[next(c for c in self.open() if self.line(c) == (needs, cost))]
        some = [n for n in self.people if self.is_free(n) and self.fits(n) and self.eligible(first, n, needs)]
        some = [name for name in some if self.load(name) + cost > CAPACITY]
        if some:
            self._save(min(some, key=lambda name: (-self.fits(name), self.people[name].idle_since)), (needs, cost))
        return []

    def _find_work(self, operator: str, now: float) -> list[Offer]:
        offers: list[Offer] = []
        person = self.people.setdefault(operator, Person())
        if person.saving and self.load(operator) + person.saving[1] <= CAPACITY:
            self._stop_saving(operator)
        while person.has and not person.saving and (work := self._longest_waiting(operator)) is not None:
            offers.append(self._offer(self.waiting[work], operator, now))
        self._busy(operator)
        return offers

    def _longest_waiting(self, operator: str) -> int | None:
        """The first he may get; None when it does not fit and it is for him to wait for it."""
        for conversation in self.open():
            line, waiting = self.line(conversation), self.waiting[conversation]
            if not self.eligible(waiting, operator, line[0]):
                continue
            if self.load(operator) + waiting.cost <= CAPACITY:
                return conversation
            if waiting.wanted:
                return None
            if len(self.savers.get(line, [])) < sum(self.line(c) == line for c in self.open()):
                self._save(operator, line)
                return None
        return None

    def _offer(self, waiting: Waiting, operator: str, now: float) -> Offer:
        offer = self.offers[waiting.conversation] = Offer(waiting.conversation, operator, now + waiting.patience_s, WHY)
        self._busy(operator)
        self._spare(self.line(waiting.conversation))
        return offer
