"""Rate limit of automatic answers to one mailbox (RFC 3834 2), against loops between robots.

Without a limit two robots would answer each other for ever. The letters of the last hour to each mailbox are counted.
"""

from collections import OrderedDict, deque
from collections.abc import Callable
from datetime import datetime, timedelta

HOUR = timedelta(hours=1)
MAILBOXES = 10_000
"""Mailboxes remembered; the least recently written to is dropped first."""


class AutoReplyLimit:
    def __init__(self, per_hour: int | None, now: Callable[[], datetime]) -> None:
        """Without a limit (None) every letter is permitted."""
        self._per_hour, self._now = per_hour, now
        self._written: OrderedDict[str, deque[tuple[datetime, int]]] = OrderedDict()

    def release(self, mailbox: str, record: int) -> bool:
        """Whether the robot may send another letter; retries are counted once."""
        if self._per_hour is None:
            return True
        mailbox, now = mailbox.lower(), self._now()
        written = self._written.setdefault(mailbox, deque())
        self._written.move_to_end(mailbox)
        while len(self._written) > MAILBOXES:
            self._written.popitem(last=False)
        while written and written[0][0] <= now - HOUR:
            written.popleft()
        if any(known == record for _, known in written):
            return True
        if len(written) >= self._per_hour:
            return False
        written.append((now, record))
        return True
