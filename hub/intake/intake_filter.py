"""Stands before the robot: who is blocked, who says too much, what many say alike; and of which callers a key is asked (SE-02).

Whoever already waits for a person or talks to one is no concern of it: what a person has stays with him.
"""

import time
from collections import Counter, OrderedDict
from collections.abc import Callable
from datetime import datetime, timedelta

from hub.conversations.address import Address
from hub.conversations.conversation import Closed, Conversation, InQueue, SetAside, SetAsideCause, WithBot, hand_over
from hub.conversations.journal import HandedOver
from hub.conversations.message import Author, Message
from hub.conversations.step import OpenStep
from hub.intake.block import Effect
from hub.intake.blocklist import Blocklist
from hub.intake.flood_control import FloodControl, FloodLimits
from hub.intake.ports import Challenge
from hub.kernel.errors import RefusedError
from hub.kernel.rate_limits import subscriber

SOURCES = 100_000
HELD = ("blocked", "dampened", "released")
"""What is counted for each channel."""
CALM = timedelta(hours=1)
"""Whoever writes again after so long, and no more than others, is not set aside any more."""
RECEIVED = "Получили. {why} {elsewhere}"
WHY = {
    SetAsideCause.TOO_MANY: "Сообщений от вас много: ответим на все вместе.",
    SetAsideCause.ALIKE: "Таких обращений сейчас много: ответим на все вместе."}
REFUSED = "Сообщения с этого адреса сейчас не принимаются. {elsewhere}"
PRESS = "Чтобы продолжить, нажмите любую цифру."
PRESS_BLOCKED = "Звонки с вашего номера сейчас не принимаются. Если вам нужна помощь или вы хотите подать жалобу, нажмите любую цифру."


class IntakeFilter:
    """Of one hub. What it counts is told by the metrics, by channel and what became of it."""

    def __init__(self, blocks: Blocklist, flood_limits: FloodLimits, *, queue: str, limited: bool,
                 now_s: Callable[[], float] = time.monotonic, centre: Callable[[Address], str] = lambda _: "") -> None:
        """`queue` is where whoever has calmed down waits; unless `limited` only blocks count.

        `centre` is the one whose line whoever is at an address is in, or was in last; who comes anew is the hub's own centre's.
        """
        self.blocks, self._elsewhere, self._queue, self._now_s = blocks, flood_limits.elsewhere, queue, now_s
        self._senders = FloodControl(flood_limits, blocks.traits) if limited else None
        self._centre = centre
        self._sources: OrderedDict[Address, str] = OrderedDict()
        """Where those who come by the web last came from; the oldest are forgotten."""
        self._silent: set[Address] = set()
        """Callers whom a key was asked of and who have pressed none, as long as their calls go on."""
        self.counts: Counter[tuple[str, str]] = Counter()
        """By channel, and what: blocked, dampened, released."""

    def admit(self, address: Address, source: str = "") -> None:
        """Raises RefusedError for whom a block refuses: an address, or whoever comes by the web from a network."""
        if source:
            self._sources[address] = source
            self._sources.move_to_end(address)
            if len(self._sources) > SOURCES:
                self._sources.popitem(last=False)
        centre = self._centre(address)
        found = self.blocks.about(address, centre) or self.blocks.from_(source, centre)
        if found is not None and found.effect is Effect.REFUSE:
            self.counts[address.channel, "blocked"] += 1
            raise RefusedError("blocked", REFUSED.format(elsewhere=self._elsewhere))

    def network(self, address: Address) -> str:
        """What guesses of whoever is at an address are counted by besides it: his subscriber's network by the web, else ""."""
        source = self._sources.get(address, "")
        return f"web:{subscriber(source)}" if source else ""

    def comes(self, head: Conversation, now: datetime, *, begins: bool) -> OpenStep | None:
        """Somebody says something: what becomes of it by who says it, and how often; None where it goes its usual way."""
        match head.holder:
            case SetAside() as lies:
                return self._calmed(head, lies, now) or ((), None)
            case WithBot() | Closed() if not self.blocks.traits.of(head.address).spoken:  # callers are asked at the door
                aside = self._aside(head.address, now, begins=begins)
                return None if aside is None else self._put(head, aside)
            case _:
                return None

    def says_alike(self, head: Conversation, text: str, now: datetime) -> OpenStep | None:
        """The same by what is said; asked of that alone which the robot has no answer to at once."""
        group = self._senders.alike(head.address, text, self._now_s()) if self._senders else ""
        return self._put(head, SetAside(now, SetAsideCause.ALIKE, group)) if group else None

    def _aside(self, address: Address, now: datetime, *, begins: bool) -> SetAside | None:
        if (found := self.blocks.about(address, self._centre(address))) is not None:
            return SetAside(now, SetAsideCause.BLOCKED, found.id)
        too_much = self._senders.too_much(address, self._now_s(), begins=begins) if self._senders else None
        return None if too_much is None else SetAside(now, too_much)

    def _put(self, head: Conversation, aside: SetAside) -> OpenStep:
        """Nothing is lost: it is stored, its sender is told once, and nobody is rung."""
        self.counts[head.address.channel, "blocked" if aside.cause is SetAsideCause.BLOCKED else "dampened"] += 1
        words = self._words(aside, head.address)
        said = (Message(Author.SYSTEM, words, aside.since),) if words else ()
        return (*said, HandedOver(aside.since, aside, aside.cause)), hand_over(head, aside)

    def _calmed(self, head: Conversation, aside: SetAside, now: datetime) -> OpenStep | None:
        """Whoever is not blocked any more, or writes again after an hour and no more than others, comes to a person."""
        blocked = self.blocks.about(head.address, self._centre(head.address)) is not None
        waits = aside.cause is not SetAsideCause.BLOCKED and (now - aside.since < CALM or (
            self._senders is not None and self._senders.too_much(head.address, self._now_s(), begins=False) is not None))
        if blocked or waits:
            return None
        line = InQueue(self._queue, now)
        return (HandedOver(now, line, "calmed"),), hand_over(head, line)

    def _words(self, aside: SetAside, address: Address) -> str:
        """What the sender is told; "" for nothing: of what is taken without a word, and where each word costs a call."""
        if self.blocks.traits.of(address).paper or aside.cause is SetAsideCause.COSTS:
            return ""
        if aside.cause is not SetAsideCause.BLOCKED:
            return RECEIVED.format(why=WHY[aside.cause], elsewhere=self._elsewhere)
        found = self.blocks.about(address, self._centre(address))
        return REFUSED.format(elsewhere=self._elsewhere) if found is not None and found.effect is Effect.REFUSE else ""

    def challenge(self, caller: Address) -> Challenge | None:
        """hub.intake.ports.Intake.challenge, as the two that follow."""
        if self.blocks.about(caller, self._centre(caller)) is not None:
            self.counts[caller.channel, "blocked"] += 1
            return Challenge(f"{PRESS_BLOCKED} {self._elsewhere}", must=True)
        if self._senders is None or not self._senders.calls(caller, self._now_s()):
            return None
        self.counts[caller.channel, "dampened"] += 1
        return Challenge(PRESS, must=False)

    def answered(self, caller: Address, address: Address, *, pressed: bool) -> None:
        if not pressed:
            self._silent.add(address)
        elif self._senders is not None:
            self._senders.answered(caller)

    def called(self, caller: Address, address: Address, lasted_s: float) -> None:
        self._silent.discard(address)
        if self._senders is not None:
            self._senders.called(caller, lasted_s, self._now_s())

    def yields(self, address: Address) -> bool:
        """Whether he lets others go first in a line."""
        return address in self._silent

