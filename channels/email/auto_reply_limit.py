"""Budget of automatic letters to one mailbox (RFC 3834 2), against loops between robots.

Without it two robots would answer each other for ever. The letters of the last day to each mailbox are counted, whatever follows a «+»
in its address.
"""

from collections import OrderedDict, deque
from collections.abc import Callable
from datetime import datetime, timedelta

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MAILBOXES = 10_000
"""Mailboxes remembered; the least recently written to is dropped first."""


class AutoReplyLimit:
    def __init__(self, per_hour: int, per_day: int, now: Callable[[], datetime]) -> None:
        self._per_hour, self._per_day, self._now = per_hour, per_day, now
        self._written: OrderedDict[str, deque[tuple[datetime, int]]] = OrderedDict()

    def release(self, mailbox: str, record: int) -> bool:
        """Whether another automatic letter may be sent; retries are counted once."""
        local, _, domain = mailbox.lower().rpartition("@")
        mailbox, now = f"{local.partition('+')[0]}@{domain}", self._now()
        written = self._written.setdefault(mailbox, deque())
        self._written.move_to_end(mailbox)
        while len(self._written) > MAILBOXES:
            self._written.popitem(last=False)
        while written and written[0][0] <= now - DAY:
            written.popleft()
        if any(known == record for _, known in written):
            return True
        if len(written) >= self._per_day or sum(at > now - HOUR for at, _ in written) >= self._per_hour:
            return False
        written.append((now, record))
        return True
