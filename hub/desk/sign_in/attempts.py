"""Rate limits of sign-in attempts: guessing is slow, and strangers cannot lock an account (SE-01). In memory.

A lock applies to one login from one address, or to one address with any login: attempts from elsewhere do not extend it. Many
failures of one login from other addresses reduce the free attempts of a new address, and extend its pauses, but its first attempts
are always examined.
"""

from collections import OrderedDict
from datetime import datetime, timedelta

from msgspec import Struct

from hub.kernel.errors import RefusedError
from hub.kernel.rate_limits import subscriber

FREE, FREE_OF_SOURCE = 5, 20
"""Failures without a pause: of one login from one address, and of one address, which colleagues may share."""
PRESSED, FREE_PRESSED, PAUSE_PRESSED_S = 20, 2, 30.0
"""After so many failures of a login from other addresses, an address has this many free attempts and at least this pause."""
LONGEST_LOCK_S = 900
KEPT = 10_000
"""Counters kept; the oldest failure is dropped first, so a flood of logins does not fill the memory."""
Subject = tuple[str, str, str]
"""Login and address of a counter; "" where it does not matter."""


class Failures(Struct, frozen=True, gc=False):
    number: int
    free: int
    """Failures without a lock."""
    until: datetime
    """Time of the next admitted attempt, after the free ones."""


Counts = OrderedDict[Subject, Failures]


class Attempts:
    def __init__(self, *, limited: bool) -> None:
        self._limited = limited
        self._failures: OrderedDict[Subject, Failures] = OrderedDict()
        self._codes: OrderedDict[Subject, Failures] = OrderedDict()
        """By logins whose password was right, so at most one for each account: a flood cannot displace them."""

    def begin(self, login: str, source: str, now: datetime) -> None:
        """Admit a password attempt, and count it as a failure until it is taken back: concurrent attempts count, too.

        Raises RefusedError ("too_fast") while this login is locked from this address, or the address is.
        """
        pair, address, anywhere = _subjects(login, source)
        self._check(pair, now)
        self._check(address, now)
        pressed = self._number(anywhere, now) - self._number(pair, now) >= PRESSED
        self._fail(pair, FREE_PRESSED if pressed else FREE, now, PAUSE_PRESSED_S if pressed else 1.0)
        self._fail(address, FREE_OF_SOURCE, now)
        self._fail(anywhere, KEPT, now)

    def begin_nameless(self, source: str, now: datetime) -> None:
        """The same for a passkey without a login."""
        self._check(address := _subjects("", source)[1], now)
        self._fail(address, FREE_OF_SOURCE, now)

    def begin_own(self, login: str, now: datetime) -> None:
        """The same for a signed-in user who confirms the password: others' attempts do not count."""
        self._check(own := ("own", login, ""), now)
        self._fail(own, FREE, now)

    def begin_code(self, login: str, now: datetime) -> None:
        """The same for a code after the right password, from any address: a million codes are few for an attacker with many addresses."""
        self._check(code := ("code", login, ""), now, self._codes)
        self._fail(code, FREE, now, among=self._codes)

    def forget_codes(self, login: str) -> None:
        """A code was right, or the password was changed."""
        self._codes.pop(("code", login, ""), None)

    def take_back(self, login: str, source: str) -> None:
        """It was no failure."""
        self._lower(*_subjects(login, source))

    def take_back_own(self, login: str) -> None:
        self._lower(("own", login, ""))

    def entered(self, login: str, source: str) -> None:
        """Signed in: resets this login from this address."""
        pair, *others = _subjects(login, source)
        self._failures.pop(pair, None)
        self._lower(*others)

    def _lower(self, *subjects: Subject) -> None:
        for subject in subjects:
            if before := self._failures.get(subject):
                self._failures[subject] = Failures(before.number - 1, before.free, before.until)

    def _check(self, subject: Subject, now: datetime, among: Counts | None = None) -> None:
        known = (self._failures if among is None else among).get(subject)
        if self._limited and known is not None and known.number >= known.free and known.until > now:
            wait_s = int((known.until - now).total_seconds()) + 1
            raise RefusedError("too_fast", f"Слишком много попыток: подождите {wait_s} с.", wait_s)

    def _fail(self, subject: Subject, free: int, now: datetime, pause_s: float = 1.0, *, among: Counts | None = None) -> None:
        """After the free ones each failure doubles the pause; after a long quiet time they are forgotten."""
        counts = self._failures if among is None else among
        number = self._number(subject, now, counts) + 1
        counts.pop(subject, None)
        wait_s = min(pause_s * 2.0 ** min(max(number - free, 0), 20), LONGEST_LOCK_S)
        counts[subject] = Failures(number, free, now + timedelta(seconds=wait_s))
        if len(counts) > KEPT:
            counts.popitem(last=False)

    def _number(self, subject: Subject, now: datetime, among: Counts | None = None) -> int:
        known = (self._failures if among is None else among).get(subject)
        return known.number if known is not None and (now - known.until).total_seconds() <= LONGEST_LOCK_S else 0


def _subjects(login: str, source: str) -> tuple[Subject, Subject, Subject]:
    address = subscriber(source)
    return ("login at", login, address), ("address", "", address), ("login", login, "")
