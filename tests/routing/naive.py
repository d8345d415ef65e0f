"""hub.dispatch.ports.Router as one would write it without a thought for speed: everybody is looked at each time."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from msgspec.structs import replace

from hub.access.operator import CAPACITY
from hub.conversations.assignment_reason import AssignmentReason, AssignmentRule
from hub.conversations.channel_traits import Cost
from hub.dispatch.offer import Lapsed, Offer, Waiting
from hub.organisation.queue import Skills, serves

WHY = AssignmentReason(AssignmentRule.IDLE, 0, 0, 0, 0)
"""The naive one does not give reasons."""


@dataclass
class Person:
    has: Skills = ()
    idle_since: int = 0
    refused: set[int] = field(default_factory=set)
    saving: int | None = None


class Naive:
    def __init__(self, rings_s: tuple[float, ...]) -> None:
        self.rings_s, self.stamp, self.now = rings_s, 0, 0.0
        self.waiting: dict[int, Waiting] = {}
        self.offers: dict[int, Offer] = {}
        self.held: dict[int, tuple[str, int]] = {}
        self.people: dict[str, Person] = {}
        self.savers: dict[int, str] = {}
        self.calls: set[tuple[Skills, ...]] = set()
        """What calls needed, of all that ever came."""
        self.loose: list[str] = []
        self.bereft: list[int] = []

    def load(self, operator: str) -> int:
        held = sum(cost for holder, cost in self.held.values() if holder == operator)
        return held + sum(self.waiting[o.conversation].cost for o in self.offers.values() if o.operator == operator)

    def fits(self, operator: str) -> int:
        """A letter, one to three chats, everything."""
        return sum(room <= CAPACITY - self.load(operator) for room in (Cost.LETTER, 25, 50, 75, CAPACITY))

    def is_spared(self, operator: str) -> bool:
        """Without any conversation, and some day a call may come."""
        return not self.load(operator) and self.takes_calls(operator)

    def takes_calls(self, operator: str) -> bool:
        return any(serves(self.people[operator].has, needs) for rings in self.calls for needs in rings)

    def spares(self, waiting: Waiting) -> bool:
        """Whether less than a fifth of those who may get it and take calls has no conversation."""
        needs = self.needs(waiting)
        takers = [n for n, person in self.people.items() if person.has and serves(person.has, needs) and self.takes_calls(n)]
        return 5 * sum(self.is_free(name) and self.is_spared(name) for name in takers) < len(takers)

    def needs(self, waiting: Waiting) -> Skills:
        return waiting.rings[min(sum(waiting.since + after <= self.now for after in self.rings_s), len(waiting.rings) - 1)]

    def eligible(self, waiting: Waiting, operator: str, needs: Skills) -> bool:
        person = self.people.get(operator, Person())
        serving = operator == waiting.wanted if waiting.wanted else serves(person.has, needs)
        return bool(person.has) and serving and waiting.shunned != operator and waiting.conversation not in person.refused

    def own(self, operator: str) -> int | None:
        """What was transferred to him and is to be offered to him next."""
        return next((c for c in self.open() if self.waiting[c].wanted == operator and self.eligible(self.waiting[c], operator, ())), None)

    def is_free(self, operator: str) -> bool:
        """With room, asked about nothing else, and not kept free for something that needs more."""
        own, loose = self.own(operator), operator in self.loose or self.people[operator].saving or self.is_asked(operator)
        return bool(self.fits(operator)) and not loose and (own is None or self.load(operator) + self.waiting[own].cost <= CAPACITY)

    def is_asked(self, operator: str) -> bool:
        """Whether something is offered to him."""
        return any(offer.operator == operator for offer in self.offers.values())

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
        self.now = now
        before = self._leave(waiting.conversation)
        self.waiting[waiting.conversation] = waiting
        if waiting.cost == CAPACITY and not waiting.wanted:
            self.calls.add(waiting.rings)
        return self._finish(self._find_operator(waiting.conversation, waiting.rings[-1]) + (self._find_work(before) if before else []))

    def withdraw(self, conversation: int, now: float) -> list[Offer]:
        self.now = now
        before = self._leave(conversation)
        return self._finish(self._find_work(before) if before else [])

    def take(self, conversation: int, operator: str, cost: int, now: float) -> list[Offer]:
        self.now = now
        before = self._leave(conversation)
        self.held[conversation] = (operator, cost)
        self._busy(operator)
        return self._finish(self._find_work(before) if before else [])

    def release(self, conversation: int, now: float) -> list[Offer]:
        self.now = now
        operator, _ = self.held.pop(conversation, ("", 0))
        return self._finish(self._find_work(operator) if operator else [])

    def present(self, operator: str, has: Skills, now: float) -> list[Offer]:
        self.now = now
        person = self.people.setdefault(operator, Person())
        self._stop_saving(operator)
        person.has, person.refused = has, set()
        waiting = [self.waiting[o.conversation] for o in self.offers.values() if o.operator == operator]
        returned = [w.conversation for w in waiting if not (has and (w.wanted or serves(has, w.rings[-1])))]
        return self._finish(self._return(returned) + (self._find_work(operator) if has else []))

    def reject(self, conversation: int, operator: str, now: float) -> list[Offer]:
        self.now = now
        self.people[operator].refused.add(conversation)
        return self._finish(self._return([conversation]) + self._find_work(operator))

    def postpone(self, operator: str, seconds: float) -> list[Offer]:
        longer = {c: replace(o, until=o.until + seconds) for c, o in self.offers.items() if o.operator == operator}
        self.offers |= longer
        return list(longer.values())

    def ask_again(self, conversation: int, operator: str, now: float) -> list[Offer]:
        self.now = now
        self.people[operator].refused.discard(conversation)
        if conversation not in self.open() or self.waiting[conversation].wanted not in ("", operator):
            return []
        return self._finish(self._find_operator(conversation, self.needs(self.waiting[conversation])))

    def advance(self, now: float) -> tuple[list[Lapsed], list[Offer]]:
        """Offers that ran out first; then an operator is sought once more for everybody, as a ring may have come into force."""
        lapsed: list[Lapsed] = []
        offers: list[Offer] = []
        while (due := min(self.offers.values(), key=lambda offer: offer.until, default=None)) and due.until <= now:
            lapsed += [Lapsed(o.conversation, o.operator) for o in self.offers.values() if o.operator == due.operator]
            offers += self.present(due.operator, (), now)
        self.now = now
        for conversation in self.open():
            if conversation not in self.offers and not self.waiting[conversation].wanted:
                offers += self._finish(self._find_operator(conversation, self.needs(self.waiting[conversation])))
        return lapsed, offers

    def _finish(self, offers: list[Offer]) -> list[Offer]:
        while self.loose:
            offers = offers + self._find_work(self.loose.pop())
        while self.bereft:
            conversation = self.bereft.pop()
            if conversation in self.open() and conversation not in self.savers:
                self._find_saver(self.waiting[conversation])
        return offers

    def _return(self, conversations: Iterable[int]) -> list[Offer]:
        back = list(conversations)
        for conversation in back:
            self._busy(self.offers.pop(conversation).operator)
        return [o for c in sorted(back, key=self.key) for o in self._find_operator(c, self.waiting[c].rings[-1])]

    def _leave(self, conversation: int) -> str:
        waiting, offer = self.waiting.pop(conversation, None), self.offers.pop(conversation, None)
        if offer:
            self._busy(offer.operator)
            return offer.operator
        if waiting and waiting.wanted:
            self.loose.append(waiting.wanted)
        self._let_saver_go(conversation)
        return ""

    def _let_saver_go(self, conversation: int) -> None:
        if operator := self.savers.pop(conversation, ""):
            self.people[operator].saving = None
            self.loose.append(operator)

    def _save(self, operator: str, conversation: int) -> None:
        self.people[operator].saving, self.savers[conversation] = conversation, operator

    def _stop_saving(self, operator: str) -> None:
        person = self.people[operator]
        if person.saving is not None:
            del self.savers[person.saving]
            self.bereft.append(person.saving)
            person.saving = None

    def _busy(self, operator: str) -> None:
        """Whoever has just had something to do is the last of the idle."""
        self.stamp += 1
        self.people.setdefault(operator, Person()).idle_since = self.stamp

    def _find_operator(self, conversation: int, least: Skills) -> list[Offer]:
        """`least` is what whoever is preferred must serve."""
        waiting = self.waiting[conversation]
        if waiting.wanted:
            return self._find_work(waiting.wanted) if self.people.get(waiting.wanted, Person()).has else []
        free = [n for n in self.people if self.is_free(n) and self.load(n) + waiting.cost <= CAPACITY]
        if waiting.preferred in free and self.eligible(waiting, waiting.preferred, least):
            return [self._offer(waiting, waiting.preferred)]
        idle = [name for name in free if self.eligible(waiting, name, self.needs(waiting))]
        busy = [name for name in idle if not self.is_spared(name)]
        if busy and waiting.cost < CAPACITY and self.spares(waiting):
            return [self._offer(waiting, min(busy, key=lambda name: (self.fits(name), self.people[name].idle_since)))]
        if idle:
            return [self._offer(waiting, min(idle, key=lambda name: self.people[name].idle_since))]
        if conversation not in self.savers:
            self._find_saver(waiting)
        return []

    def _find_saver(self, waiting: Waiting) -> None:
        """Keep the least busy of those who have some room, but not enough, free for it."""
        some = [n for n in self.people if self.is_free(n) and self.eligible(waiting, n, self.needs(waiting))]
        some = [name for name in some if self.load(name) + waiting.cost > CAPACITY]
        if some:
            self._save(min(some, key=lambda name: (-self.fits(name), self.people[name].idle_since)), waiting.conversation)

    def _find_work(self, operator: str) -> list[Offer]:
        offers: list[Offer] = []
        person = self.people.setdefault(operator, Person())
        if person.saving and self.load(operator) + self.waiting[person.saving].cost <= CAPACITY:
            self._stop_saving(operator)
        while person.has and not person.saving and self.fits(operator) and (work := self._longest_waiting(operator)) is not None:
            offers.append(self._offer(self.waiting[work], operator))
        self._busy(operator)
        return offers

    def _longest_waiting(self, operator: str) -> int | None:
        """The first he may get; None when it does not fit and it is for him to wait for it."""
        for conversation in self.open():
            waiting = self.waiting[conversation]
            if not self.eligible(waiting, operator, self.needs(waiting)) or (self.is_asked(operator) and not waiting.wanted):
                continue
            if self.load(operator) + waiting.cost <= CAPACITY:
                return conversation
            if waiting.wanted:
                return None
            if conversation not in self.savers:
                self._save(operator, conversation)
                return None
        return None

    def _offer(self, waiting: Waiting, operator: str) -> Offer:
        offer = self.offers[waiting.conversation] = Offer(waiting.conversation, operator, self.now + waiting.patience_s, WHY)
        self._busy(operator)
        self._let_saver_go(waiting.conversation)
        return offer
