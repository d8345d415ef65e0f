"""Identifiers unique in the whole country without coordination: record ids, and the numbers given to citizens (RQ-01). Pure."""

import re
from datetime import UTC, datetime, timedelta, tzinfo

EPOCH = datetime(2024, 1, 1, tzinfo=UTC)
EPOCH_MS = int(EPOCH.timestamp() * 1000)
HUB_BITS, SEQUENCE_BITS = 10, 12
LAST = (1 << SEQUENCE_BITS) - 1


class RecordIds:
    """Record ids: 41 bits of milliseconds since 2024, 10 bits of hub, 12 bits of sequence.

    They grow even when the clock is set back: `newest` is the highest id issued so far.
    """

    def __init__(self, hub: int = 0, newest: int = 0) -> None:
        self._hub = hub << SEQUENCE_BITS
        self._at: datetime | None = None
        self._ms = newest >> (HUB_BITS + SEQUENCE_BITS)
        self._first = self._ms << (HUB_BITS + SEQUENCE_BITS) | self._hub
        self._sequence = LAST

    def next(self, now: datetime) -> int:
        if now is not self._at:  # entries of one step share the same instant object
            self._at = now
            self._begin(int(now.timestamp() * 1000) - EPOCH_MS)
        elif self._sequence == LAST:
            self._begin(0)
        else:
            self._sequence += 1
        return self._first | self._sequence

    def _begin(self, ms: int) -> None:
        """Start a new millisecond, or continue from the newest id if that is later."""
        if ms <= self._ms:
            if self._sequence < LAST:
                self._sequence += 1
                return
            ms = self._ms + 1
        self._ms, self._sequence = ms, 0
        self._first = ms << (HUB_BITS + SEQUENCE_BITS) | self._hub


def first_id(at: datetime) -> int:
    """The lowest id that a record of this moment or later can have."""
    return max(int(at.timestamp() * 1000) - EPOCH_MS, 0) << (HUB_BITS + SEQUENCE_BITS)


def made_at(record: int) -> datetime:
    """When a record was made, to the millisecond."""
    return EPOCH + timedelta(milliseconds=record >> (HUB_BITS + SEQUENCE_BITS))


CASE_WIDTH = 7
"""Digits of a case's running number: more than a conversation's, so that the two are never confused."""


CASE = re.compile(rf"\d{{3}}-\d{{6}}-\d{{{CASE_WIDTH},}}-\d")
"""A case number as it is written."""


class TicketNumbers:
    """Numbers of conversations: centre, day, running number of the day, check digit: «077-261124-00042-8».

    The centre's code makes them unique in the country, so no request over a link is needed to issue one.
    """

    def __init__(self, centre: str, newest: str = "", zone: tzinfo = UTC, *, width: int = 5) -> None:
        """`zone` is the centre's own: the day begins at its midnight. The running number has at least `width` digits."""
        self._centre, self._zone, self._width = centre, zone, width
        parts = newest.split("-")
        self._day, self._given = (parts[1], int(parts[2])) if len(parts) == 4 else ("", 0)  # noqa: PLR2004 - the form above

    def next(self, now: datetime) -> str:
        # After the clock was set back, numbers continue in the newest day; otherwise a number would be issued twice.
        day = max(f"{now.astimezone(self._zone):%y%m%d}", self._day)
        self._given = self._given + 1 if day == self._day else 1
        self._day = day
        digits = f"{self._centre}-{day}-{self._given:0{self._width}d}"
        return f"{digits}-{check_digit(digits)}"


def check_digit(digits: str) -> int:
    """The Luhn digit (ISO/IEC 7812-1 annex B): a number with one wrong digit is not another valid number."""
    total = 0
    for place, digit in enumerate(reversed([int(c) for c in digits if c.isdigit()])):
        doubled = digit * 2 if place % 2 == 0 else digit
        total += doubled - 9 if doubled > 9 else doubled  # noqa: PLR2004 - the sum of its digits
    return -total % 10
