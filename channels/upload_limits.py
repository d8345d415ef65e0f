"""Limits of uploads from one network address over all conversations, since a browser can open any number of these."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Annotated

from msgspec import Meta, Struct

from hub.kernel.errors import RefusedError
from hub.kernel.rate_limits import Buckets, Rate, subscriber

MEGABYTE = 1 << 20
AGAIN_S = 5
TOO_MANY = "Слишком много файлов с вашего адреса: подождите немного."


class FromAddress(Struct, frozen=True, forbid_unknown_fields=True):
    """Limits of one address; the /64 of an IPv6 address is one. An office shares an address."""

    files: Rate = Rate(40, 40)
    megabytes: Rate = Rate(200, 100)
    at_once: Annotated[int, Meta(ge=1, le=1000)] = 10


class UploadLimits:
    def __init__(self, rates: FromAddress, *, limited: bool) -> None:
        self._most = rates.at_once if limited else 0
        self._files = Buckets(rates.files if limited else None)
        self._megabytes = Buckets(rates.megabytes if limited else None)
        self._going = Counter[str]()

    @contextmanager
    def going(self, address: str) -> Iterator[None]:
        """Counts an upload in progress. Raises RefusedError above the limit."""
        source = subscriber(address)
        if self._most and self._going[source] >= self._most:
            raise too_many(AGAIN_S)
        self._going[source] += 1
        try:
            yield
        finally:
            self._going[source] -= 1
            if not self._going[source]:
                del self._going[source]

    def spend(self, address: str, files: int, size: int) -> float:
        """Count files and their bytes: 0 when they are granted, else the seconds until they will be."""
        source, now = subscriber(address), monotonic()
        return self._files.spend(source, now, files) or self._megabytes.spend(source, now, size / MEGABYTE)


def too_many(wait_s: float) -> RefusedError:
    return RefusedError("too_fast", TOO_MANY, int(wait_s) + 1)
