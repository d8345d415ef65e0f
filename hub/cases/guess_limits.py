"""Wrong codes of cases, and proofs for applications, counted: nobody guesses one, and nobody shuts out whose it is (ST-04). Pure.

Whoever asks has three tries for a number and a hundred for all of them, and is then shut out himself for a day. By the web that is
counted of the network address as well: a new chat is a new asker, and costs nothing. Beyond ten wrong codes for one number, whoever they
came from, the next one is looked at only a while later, and that while grows to a minute; who asks from the address that the case came
from is not slowed, nor is who asks from a network address that has shown no wrong code yet. All of it is counted for a number that is
none as well, and in memory: an address is kept nowhere with a number.
"""

from collections import OrderedDict
from datetime import datetime, timedelta

from msgspec import Struct

from hub.kernel.errors import RefusedError

TRIES = 3
"""Of one asker for one number."""
ALL_TRIES = 100
"""Of one asker for all numbers: whoever tries one code for many cases needs as many addresses."""
FREE = 10
"""Wrong codes for one number before the next ones are slowed."""
LOCK = timedelta(days=1)
"""Wrong codes are forgotten so long after the last of them."""
LONGEST = timedelta(minutes=1)
"""Whoever has all the addresses he wants tries 1,440 codes of a hundred million a day."""
KEPT = 100_000
"""Askers and numbers that are remembered; the one that failed longest ago is forgotten first."""
LOCKED = RefusedError("case_locked", "Код трижды не подошёл. Попробуйте через сутки или узнайте о ходе обращения на личном приёме.")
SLOWED = "Об этом обращении сейчас спрашивают слишком часто. Подождите минуту и попробуйте снова."


class Missed(Struct, frozen=True, gc=False):
    number: int
    at: datetime


class GuessLimiter:
    def __init__(self, locked: RefusedError = LOCKED, slowed: str = SLOWED) -> None:
        """What is told to whoever is shut out, and while a number is slowed."""
        self._locked, self._slowed = locked, slowed
        self._missed: OrderedDict[tuple[str, str], Missed] = OrderedDict()
        """By asker and number; an empty one stands for all."""

    def admit(self, asker: str, number: str, now: datetime, *, own: bool, network: str = "") -> None:
        """Let a code be tried, and count it as a wrong one until `right` says otherwise: of many at once none is free.

        `network` is where it came from by the web, "" where that is not known; it shuts nobody out of what is his `own`.
        Raises RefusedError: `locked` ("case_locked") for whoever has failed too often, "too_fast" while the number is slowed.
        """
        for each in {asker} if own else {asker, network} - {""}:
            if self._of((each, number), now).number >= TRIES or self._of((each, ""), now).number >= ALL_TRIES:
                raise self._locked
        everybody, fresh = self._of(("", number), now), bool(network) and not self._of((network, ""), now).number
        if not (own or fresh) and (wait := everybody.at + pause(everybody.number) - now) > timedelta(0):
            raise RefusedError("too_fast", self._slowed, int(wait.total_seconds()) + 1)
        for key in _keys(asker, number, network):
            self._put(key, Missed(self._of(key, now).number + 1, now))

    def right(self, asker: str, number: str, network: str = "") -> None:
        """The code that was let be tried was right."""
        self._missed.pop((asker, number), None)
        for key in _keys(asker, number, network):
            if (missed := self._missed.get(key)) is not None:
                self._missed[key] = Missed(missed.number - 1, missed.at)

    def _of(self, key: tuple[str, str], now: datetime) -> Missed:
        missed = self._missed.get(key)
        return missed if missed is not None and now - missed.at < LOCK else Missed(0, now)

    def _put(self, key: tuple[str, str], missed: Missed) -> None:
        self._missed[key] = missed
        self._missed.move_to_end(key)
        if len(self._missed) > KEPT:
            self._missed.popitem(last=False)


def _keys(asker: str, number: str, network: str) -> set[tuple[str, str]]:
    """All that a try counts for."""
    return {("", number)} | {(each, about) for each in {asker, network} - {""} for about in (number, "")}


def pause(missed: int) -> timedelta:
    """How long after the last wrong code the next one is looked at."""
    return min(timedelta(seconds=2 ** min(missed - FREE, 10)), LONGEST) if missed >= FREE else timedelta(0)
