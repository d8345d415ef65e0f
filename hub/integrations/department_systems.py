"""Interface of departments' systems, and their contracts with metrics (IN-03, IN-04). Pure.

СМЭВ, ПОС and a department's own API are drivers of the same port (channels/systems/): the hub knows none of them by name.
"""

from bisect import bisect_left
from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from itertools import accumulate
from math import inf
from typing import Annotated, Protocol

from msgspec import Meta, Struct
from msgspec.structs import replace

from hub.kernel.document import Document
from hub.kernel.indexes import IndexEntry

STEPS_S = (0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0, 8.0, 13.0, 20.0, inf)
"""Bounds of the response time histogram, in seconds."""


class Contract(Struct, frozen=True, forbid_unknown_fields=True):
    """Machine-readable contract: version, owner, service levels (IN-04)."""

    version: Annotated[str, Meta(pattern=r"^\d+\.\d+$")]
    """Versions with the same major number are compatible."""
    owner: Annotated[str, Meta(min_length=1, max_length=300)]
    """The body and the post responsible for the server, for letters."""
    answer_s: Annotated[float, Meta(gt=0, le=60)] = 2.0
    """Response time target in seconds."""
    share: Annotated[float, Meta(gt=0, le=1)] = 0.95
    """Share of responses within the target."""
    limit_s: Annotated[float, Meta(gt=0, le=60)] = 5.0
    """Timeout in seconds."""


class Applicant(Struct, frozen=True, omit_defaults=True):
    """The asker, as far as proved: never stored by the hub on its own."""

    name: str = ""
    snils: str = ""
    account: str = ""
    """Of ЕСИА."""


class Standing(Struct, frozen=True, omit_defaults=True):
    """Status of an application as reported by its system (ST-01)."""

    number: str
    service: str
    state: str
    """The system's own word."""
    words: str
    """The same in words for people."""
    at: datetime
    """Time of the status in the system."""
    due: date | None = None
    result: str = ""
    """The result and where to get it; "" while there is none."""
    source: str = ""
    """Title of the reporting system."""
    personal: str = ""
    """Further data for the owner only: reason of a refusal, address of the result."""


class Submission(Struct, frozen=True, omit_defaults=True):
    """A complaint, or a report of outdated information, for the responsible body. `key` is the same at each attempt."""

    key: str
    kind: str
    number: str
    """The case's."""
    text: str
    received: datetime
    service: str = ""
    about: str = ""
    """The body concerned."""
    contact: str = ""
    """Contact of the citizen; "" where the centre answers."""


class Submitted(Struct, frozen=True, omit_defaults=True):
    """The receipt with the system's number."""

    number: str
    at: datetime
    source: str = ""


class System(Protocol):
    """An external system.

    All methods raise UnavailableError where it does not answer, and RefusedError("system_refused") where it refuses.
    """

    async def state(self, number: str, applicant: Applicant) -> Standing | None:
        """Status of an application of this person; None for an unknown number or another person's: it does not say which."""

    async def submit(self, submission: Submission) -> Submitted:
        """Submit. Idempotent by key, with the same receipt."""

    async def version(self) -> str:
        """Contract version of the server."""

    async def close(self) -> None: ...


class SystemDay(Document, frozen=True, tag="system_day"):
    """Exchanges with a system on a day in UTC. asked = answered + failed; refusals and empty answers count as answered."""

    key: str
    """system/day"""
    system: str
    day: date
    answered: int = 0
    in_time: int = 0
    failed: int = 0
    took: tuple[int, ...] = (0,) * len(STEPS_S)
    """Histogram of response times: one count for each bound of STEPS_S, not cumulative."""

    @property
    def asked(self) -> int:
        return self.answered + self.failed

    def marks(self) -> Iterator[IndexEntry]:
        yield IndexEntry("system", self.system, datetime.combine(self.day, time(), UTC))


class Unsent(Document, frozen=True, tag="unsent"):
    """A case whose last submission failed; deleted after a successful one."""

    number: str
    """The case's."""
    system: str
    at: datetime
    why: str


def first_of(system: str, day: date) -> SystemDay:
    """A day without requests."""
    return SystemDay(f"{system}/{day}", system, day)


def counted(day: SystemDay, took_s: float | None, contract: Contract) -> SystemDay:
    """With one more exchange; None is a failed one."""
    if took_s is None:
        return replace(day, failed=day.failed + 1)
    place = bisect_left(STEPS_S, took_s)
    took = tuple(number + (at == place) for at, number in enumerate(day.took))
    return replace(day, answered=day.answered + 1, in_time=day.in_time + (took_s <= contract.answer_s), took=took)


def share_in_time(day: SystemDay) -> float | None:
    """Share of all requests; None without any."""
    return day.in_time / day.asked if day.asked else None


def quantile_s(day: SystemDay, share: float) -> float | None:
    """Quantile of the response times in seconds, rounded up to a bound of STEPS_S; None without responses."""
    if not day.answered:
        return None
    return next(limit for limit, number in zip(STEPS_S, accumulate(day.took), strict=True) if number >= share * day.answered)


def fits(ours: str, theirs: str) -> bool:
    """Whether contract versions are compatible."""
    return ours.partition(".")[0] == theirs.partition(".")[0]
