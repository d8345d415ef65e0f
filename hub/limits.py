"""Rate limits: token buckets. Pure; seconds come in as an argument."""

from collections import OrderedDict
from collections.abc import Mapping

from msgspec import Struct


def caller(headers: Mapping[str, str], remote: str | None, *, behind_proxy: bool) -> str:
    """Whom a limit is for. Behind our own proxy it is the last of X-Forwarded-For: the others are whatever the caller says."""
    forwarded = headers.get("X-Forwarded-For", "") if behind_proxy else ""
    return forwarded.rsplit(",", 1)[-1].strip() or remote or ""


class Rate(Struct, frozen=True):
    """At most `burst` at once and `per_minute` in the long run."""

    burst: int
    per_minute: float


class Bucket:
    """One source's allowance."""

    __slots__ = ("_at", "_left", "_rate")

    def __init__(self, rate: Rate, now_s: float) -> None:
        self._rate, self._left, self._at = rate, float(rate.burst), now_s

    def spend(self, now_s: float) -> float:
        """Take one: 0 when it was granted, else the seconds until the next one will be."""
        left = min(self._rate.burst, self._left + (now_s - self._at) * self._rate.per_minute / 60)
        self._at = now_s
        if left >= 1:
            self._left = left - 1
            return 0.0
        self._left = left
        return (1 - left) * 60 / self._rate.per_minute


class Buckets:
    """Allowances of many sources; the least recently seen is forgotten, so a flood of sources fills no memory."""

    def __init__(self, rate: Rate | None, kept: int = 10_000) -> None:
        """Without a rate everything is granted."""
        self._rate, self._kept = rate, kept
        self._buckets: OrderedDict[str, Bucket] = OrderedDict()

    def spend(self, source: str, now_s: float) -> float:
        if self._rate is None:
            return 0.0
        bucket = self._buckets.get(source)
        if bucket is None:
            bucket = self._buckets[source] = Bucket(self._rate, now_s)
            if len(self._buckets) > self._kept:
                self._buckets.popitem(last=False)
        else:
            self._buckets.move_to_end(source)
        return bucket.spend(now_s)
