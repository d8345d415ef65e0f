"""Rate limits: token buckets. Pure; seconds come in as an argument."""

from collections import OrderedDict
from collections.abc import Mapping
from ipaddress import IPv4Address, IPv6Network, ip_address

from msgspec import Struct


def caller(headers: Mapping[str, str], remote: str | None, *, behind_proxy: bool) -> str:
    """The caller's address. Behind our own proxy it is the last one written by the proxy.

    That is the end of the last X-Forwarded-For: the others are the caller's claims, and some proxies add a header line of their own.
    Without a valid address it is the proxy's: one source for all these callers.
    """
    lines = [value for key, value in headers.items() if key.lower() == "x-forwarded-for"] if behind_proxy else []
    forwarded = lines[-1].rpartition(",")[2].strip() if lines else ""
    return _address(forwarded) or _address(remote or "") or remote or ""


def subscriber(address: str) -> str:
    """The source of a limit: for IPv6 the /64 network, which belongs to one subscriber (RFC 6177) with countless addresses."""
    return str(IPv6Network((address, 64), strict=False)) if ":" in address else address


def _address(told: str) -> str:
    """An address in any form without its port; "" for an invalid one."""
    host = told[1:].partition("]")[0] if told.startswith("[") else told if told.count(":") > 1 else told.partition(":")[0]
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return ""
    return str(address if isinstance(address, IPv4Address) else address.ipv4_mapped or address)


class Rate(Struct, frozen=True):
    """At most `burst` at once and `per_minute` in the long run."""

    burst: int
    per_minute: float


class Bucket:
    """One source's allowance."""

    __slots__ = ("_at", "_left", "_rate")

    def __init__(self, rate: Rate, now_s: float) -> None:
        self._rate, self._left, self._at = rate, float(rate.burst), now_s

    def spend(self, now_s: float, cost: float = 1) -> float:
        """Spend `cost`: returns 0 if granted, otherwise the seconds until it can be. A cost above the burst is reduced to it."""
        cost = min(cost, self._rate.burst)
        left = min(self._rate.burst, self._left + (now_s - self._at) * self._rate.per_minute / 60)
        self._at = now_s
        if left >= cost:
            self._left = left - cost
            return 0.0
        self._left = left
        return (cost - left) * 60 / self._rate.per_minute


class Buckets:
    """Allowances of many sources; the least recently seen is forgotten, so a flood of sources does not fill the memory."""

    def __init__(self, rate: Rate | None, kept: int = 10_000) -> None:
        """Without a rate everything is granted."""
        self._rate, self._kept = rate, kept
        self._buckets: OrderedDict[str, Bucket] = OrderedDict()

    def spend(self, source: str, now_s: float, cost: float = 1) -> float:
        if self._rate is None:
            return 0.0
        bucket = self._buckets.get(source)
        if bucket is None:
            bucket = self._buckets[source] = Bucket(self._rate, now_s)
            if len(self._buckets) > self._kept:
                self._buckets.popitem(last=False)
        else:
            self._buckets.move_to_end(source)
        return bucket.spend(now_s, cost)
