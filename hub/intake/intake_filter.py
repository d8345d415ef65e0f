"""Filters messages before the robot: blocks, rate limits, floods of equal texts; decides which callers must press a key (SE-02).

A citizen who waits for an operator or talks to one is never filtered.
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
"""Counters of each channel."""
CALM = timedelta(hours=1)
"""A sender who writes again after this time, within the limits, is no longer set aside."""
RECEIVED = "Получили. {why} {elsewhere}"
WHY = {
    SetAsideCause.TOO_MANY: "Сообщений от вас много: ответим на все вместе.",
    SetAsideCause.ALIKE: "Таких обращений сейчас много: ответим на все вместе."}
REFUSED = "Сообщения с этого адреса сейчас не принимаются. {elsewhere}"
PRESS = "Чтобы продолжить, нажмите любую цифру."
PRESS_BLOCKED = "Звонки с вашего номера сейчас не принимаются. Если вам нужна помощь или вы хотите подать жалобу, нажмите любую цифру."


class IntakeFilter:
    """The filter of one hub. The metrics export its counters by channel and outcome."""

    def __init__(self, blocks: Blocklist, flood_limits: FloodLimits, *, queue: str, limited: bool,
                 now_s: Callable[[], float] = time.monotonic, centre: Callable[[Address], str] = lambda _: "") -> None:
        """`queue` is the line for senders who are no longer set aside; unless `limited`, only blocks apply.

        `centre` is the centre of the line that an address is in, or was in last; a new address belongs to the hub's own centre.
        """
        self.blocks, self._elsewhere, self._queue, self._now_s = blocks, flood_limits.other_contact, queue, now_s
        self._senders = FloodControl(flood_limits, blocks.traits) if limited else None
        self._centre = centre
        self._sources: OrderedDict[Address, str] = OrderedDict()
        """Last network address of each web client; the oldest are dropped."""
        self._silent: set[Address] = set()
        """Callers who were asked for a key and pressed none, until their call ends."""
        self.counts: Counter[tuple[str, str]] = Counter()
        """By channel and outcome: blocked, dampened, released."""

    def admit(self, address: Address, source: str = "") -> None:
        """Raises RefusedError for a blocked address, or a web client from a blocked network."""
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
        """A second key for counting guesses from an address: the subscriber's network of a web client, otherwise ""."""
        source = self._sources.get(address, "")
        return f"web:{subscriber(source)}" if source else ""

    def comes(self, head: Conversation, now: datetime, *, begins: bool) -> OpenStep | None:
        """Filter a message by its sender and their rate; None where the message is processed as usual."""
        match head.holder:
            case SetAside() as lies:
                return self._calmed(head, lies, now) or ((), None)
            case WithBot() | Closed() if not self.blocks.traits.of(head.address).spoken:  # callers are asked for a key before the call
                aside = self._aside(head.address, now, begins=begins)
                return None if aside is None else self._put(head, aside)
            case _:
                return None

    def says_alike(self, head: Conversation, text: str, now: datetime) -> OpenStep | None:
        """Filter a message by its text; called only for messages that the robot cannot answer at once."""
        group = self._senders.alike(head.address, text, self._now_s()) if self._senders else ""
        return self._put(head, SetAside(now, SetAsideCause.ALIKE, group)) if group else None

    def _aside(self, address: Address, now: datetime, *, begins: bool) -> SetAside | None:
        if (found := self.blocks.about(address, self._centre(address))) is not None:
            return SetAside(now, SetAsideCause.BLOCKED, found.id)
        too_much = self._senders.too_much(address, self._now_s(), begins=begins) if self._senders else None
        return None if too_much is None else SetAside(now, too_much)

    def _put(self, head: Conversation, aside: SetAside) -> OpenStep:
        """Set the message aside: it is stored, its sender is told once, and no operator is notified."""
        self.counts[head.address.channel, "blocked" if aside.cause is SetAsideCause.BLOCKED else "dampened"] += 1
        words = self._words(aside, head.address)
        said = (Message(Author.SYSTEM, words, aside.since),) if words else ()
        return (*said, HandedOver(aside.since, aside, aside.cause)), hand_over(head, aside)

    def _calmed(self, head: Conversation, aside: SetAside, now: datetime) -> OpenStep | None:
        """To a line, once the sender is unblocked, or writes again after an hour and within the limits."""
        blocked = self.blocks.about(head.address, self._centre(head.address)) is not None
        waits = aside.cause is not SetAsideCause.BLOCKED and (now - aside.since < CALM or (
            self._senders is not None and self._senders.too_much(head.address, self._now_s(), begins=False) is not None))
        if blocked or waits:
            return None
        line = InQueue(self._queue, now)
        return (HandedOver(now, line, "calmed"),), hand_over(head, line)

    def _words(self, aside: SetAside, address: Address) -> str:
        """The notice to the sender; "" where the effect is silent, on paper channels, and where each answer costs money."""
        if self.blocks.traits.of(address).paper or aside.cause is SetAsideCause.COSTS:
            return ""
        if aside.cause is not SetAsideCause.BLOCKED:
            return RECEIVED.format(why=WHY[aside.cause], elsewhere=self._elsewhere)
        found = self.blocks.about(address, self._centre(address))
        return REFUSED.format(elsewhere=self._elsewhere) if found is not None and found.effect is Effect.REFUSE else ""

    def challenge(self, caller: Address) -> Challenge | None:
        """hub.intake.ports.Intake.challenge(), as the next two methods."""
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
        """Whether the caller goes behind others in a line."""
        return address in self._silent

