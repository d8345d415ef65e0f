"""Rate limits for case codes and application proofs, which prevent guessing without locking out the owner (ST-04). Pure.

An asker has three attempts for a number and a hundred for all numbers, and is then locked out for a day. On the web the network
address is counted as well, since a new chat costs nothing. After ten wrong codes for one number from any source, further attempts
are delayed, up to a minute; attempts from the case's own address, and from network addresses without a wrong code, are not delayed.
Unknown numbers are counted alike. All counts are in memory: an address is never stored with a number.
"""

from collections import OrderedDict
from datetime import datetime, timedelta

from msgspec import Struct

from hub.kernel.errors import RefusedError

TRIES = 3
"""Attempts of one asker for one number."""
ALL_TRIES = 100
"""Attempts of one asker for all numbers: trying one code for many cases needs as many addresses."""
FREE = 10
"""Wrong codes for one number without a delay."""
LOCK = timedelta(days=1)
"""Wrong codes are forgotten this long after the last one."""
LONGEST = timedelta(minutes=1)
"""With unlimited addresses an attacker tries 1,440 codes of a hundred million a day."""
KEPT = 100_000
"""Askers and numbers kept in memory; the oldest failure is dropped first."""
LOCKED = RefusedError("case_locked", "Код трижды не подошёл. Попробуйте через сутки или узнайте о ходе обращения на личном приёме.")
SLOWED = "Об этом обращении сейчас спрашивают слишком часто. Подождите минуту и попробуйте снова."


class Missed(Struct, frozen=True, gc=False):
    number: int
    at: datetime


class GuessLimiter:
    def __init__(self, locked: RefusedError = LOCKED, slowed: str = SLOWED) -> None:
        """Texts for a locked asker, and for a delayed number."""
        self._locked, self._slowed = locked, slowed
        self._missed: OrderedDict[tuple[str, str], Missed] = OrderedDict()
        """By asker and number; an empty one stands for all."""

    def admit(self, asker: str, number: str, now: datetime, *, own: bool, network: str = "") -> None:
        """Admit an attempt, and count it as wrong until `right` is called: concurrent attempts count, too.

        `network` is the network address of a web client, "" where it is unknown; it never locks the owner out of the `own` case.
        Raises RefusedError: `locked` ("case_locked") after too many failures, "too_fast" while the number is delayed.
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
        """The admitted code was right."""
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
    """All counters of an attempt."""
    return {("", number)} | {(each, about) for each in {asker, network} - {""} for about in (number, "")}


def pause(missed: int) -> timedelta:
    """Delay after the last wrong code."""
    return min(timedelta(seconds=2 ** min(missed - FREE, 10)), LONGEST) if missed >= FREE else timedelta(0)
