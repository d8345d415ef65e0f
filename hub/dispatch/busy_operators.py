"""Operators in a talk: the time of their offers stands while they type, and a missed offer pauses offers instead of a break. Pure."""

from collections import defaultdict
from collections.abc import Iterable

from hub.dispatch.offer import Offer

RHYTHM_S = 3.0
"""A desk reports at most that often that its operator types."""
STANDS_S = 60.0
"""Most that an offer stands longer: then the citizen goes to others."""
PAUSE_S = 60.0
"""After a missed offer nothing is offered to an operator in a talk for so long, or until they take or hand over a conversation."""


class BusyOperators:
    def __init__(self) -> None:
        self._typed: dict[str, float] = {}
        """When each operator typed last."""
        self._stood: defaultdict[int, float] = defaultdict(float)
        """By how much the offers of conversations have been prolonged."""
        self._missed: set[str] = set()
        """Operators who have missed an offer, without a sign of work since."""

    def type(self, login: str, offers: Iterable[Offer], now: float) -> float:
        """An operator types: by how many seconds their offers are prolonged."""
        self._missed.discard(login)
        seconds = min(now - self._typed.get(login, 0), RHYTHM_S)
        self._typed[login] = now
        stood = max((self._stood[offer.conversation] for offer in offers), default=STANDS_S)
        if seconds <= 0 or stood + seconds > STANDS_S:
            return 0
        for offer in offers:
            self._stood[offer.conversation] = stood + seconds
        return seconds

    def end(self, offer: int) -> None:
        """The offer of a conversation has ended."""
        self._stood.pop(offer, None)

    def work(self, login: str) -> None:
        """An operator took or handed over a conversation, or set their presence."""
        self._missed.discard(login)

    def miss(self, login: str, *, holds: bool) -> bool:
        """An offer expired: whether the operator is in a talk. Two in a row without a sign of work say that they are not there."""
        busy = holds and login not in self._missed
        self._missed.add(login)
        return busy
