"""Idle timeout of sessions (SE-01; ASVS 5.0 7.3.1).

The last activity is in memory only: after a restart the timeout starts again.
"""

from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime, timedelta

from hub.access.operator import SignIn

KEPT = 20_000
"""More than the operators at work in any centre."""


class Idle:
    def __init__(self, after: timedelta | None, now: Callable[[], datetime]) -> None:
        """Without `after` there is no idle timeout."""
        self._after, self._now = after, now
        self._touched: OrderedDict[str, datetime] = OrderedDict()

    def touch(self, sign_in: SignIn) -> None:
        """A request or a frame of the live socket arrived."""
        self._touched[sign_in.token] = self._now()
        self._touched.move_to_end(sign_in.token)
        if len(self._touched) > KEPT:
            self._touched.popitem(last=False)

    def until(self, sign_in: SignIn) -> datetime:
        """When the session ends without further activity."""
        if self._after is None:
            return sign_in.until
        return min(sign_in.until, self._touched.setdefault(sign_in.token, self._now()) + self._after)

    def forget(self, sign_in: SignIn) -> None:
        self._touched.pop(sign_in.token, None)
