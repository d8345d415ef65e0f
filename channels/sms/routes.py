"""Selects the SMSCs for a number, in order, with their rate limits."""

import asyncio
from collections.abc import Mapping, Sequence

from msgspec import Struct

from channels.sms.settings import Route
from channels.sms.smsc import Smsc


class RateLimiter:
    """Rate limit a second, first come first served."""

    def __init__(self, per_s: float) -> None:
        self._step_s, self._next = 1 / per_s if per_s else 0.0, 0.0

    async def turn(self) -> None:
        if not self._step_s:
            return
        now = asyncio.get_running_loop().time()
        mine = max(now, self._next)
        self._next = mine + self._step_s
        if mine > now:
            await asyncio.sleep(mine - now)


class Path(Struct, frozen=True):
    """The SMSCs of a route, best first."""

    prefix: str
    smscs: tuple[Smsc, ...]
    pace: RateLimiter


class Routes:
    def __init__(self, routes: Sequence[Route], smscs: Mapping[str, Smsc]) -> None:
        paths = [Path(route.prefix, tuple(smscs[name] for name in route.smscs), RateLimiter(route.per_s)) for route in routes]
        # The longest prefix first; numbers without a route go to every SMSC.
        self._paths = [*sorted(paths, key=lambda path: -len(path.prefix)), Path("", tuple(smscs.values()), RateLimiter(0))]

    def to(self, number: str) -> Path:
        return next(path for path in self._paths if number.startswith(path.prefix))
