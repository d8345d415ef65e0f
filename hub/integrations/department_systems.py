"""Systems of departments, as the hub sees them: what they are asked and told, and by which contract it is measured (IN-03, IN-04). Pure.

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
"""How long answers take is counted by these limits, in seconds."""


class Contract(Struct, frozen=True, forbid_unknown_fields=True):
    """What both sides have agreed on, for machines: which version, who answers for it, and how well it must work (IN-04)."""

    version: Annotated[str, Meta(pattern=r"^\d+\.\d+$")]
    """Sides with the same first number understand each other."""
    owner: Annotated[str, Meta(min_length=1, max_length=300)]
    """The body and the post that answer for the far end, as people write to them."""
    answer_s: Annotated[float, Meta(gt=0, le=60)] = 2.0
    """Within so many seconds an answer is in time."""
    share: Annotated[float, Meta(gt=0, le=1)] = 0.95
    """So many of all answers are."""
    limit_s: Annotated[float, Meta(gt=0, le=60)] = 5.0
    """After so many seconds nobody waits any more."""


class Applicant(Struct, frozen=True, omit_defaults=True):
    """Who asks, as far as he has shown it: never stored by the hub on its own."""

    name: str = ""
    snils: str = ""
    account: str = ""
    """Of ЕСИА."""


class Standing(Struct, frozen=True, omit_defaults=True):
    """How an application stands, as its system says (ST-01)."""

    number: str
    service: str
    state: str
    """The system's own word."""
    words: str
    """The same for people."""
    at: datetime
    """As of when the system says so."""
    due: date | None = None
    result: str = ""
    """What came of it, and where it is to be had; "" while nothing has."""
    source: str = ""
    """The title of the system that says so."""
    personal: str = ""
    """What else only he is to hear: why it was refused, where it was sent."""


class Submission(Struct, frozen=True, omit_defaults=True):
    """A complaint, or a notice of outdated information, for whoever must act on it. `key` is the same however often it is sent."""

    key: str
    kind: str
    number: str
    """The case's."""
    text: str
    received: datetime
    service: str = ""
    about: str = ""
    """The body that it is about."""
    contact: str = ""
    """How the citizen is reached; "" where the centre answers him."""


class Submitted(Struct, frozen=True, omit_defaults=True):
    """The receipt: the system has it, under a number of its own."""

    number: str
    at: datetime
    source: str = ""


class System(Protocol):
    """A system outside. All raise UnavailableError where it does not answer, and RefusedError("system_refused") where it says no."""

    async def state(self, number: str, applicant: Applicant) -> Standing | None:
        """How an application of his stands; None where there is none of this number and this person: it does not say which."""

    async def submit(self, submission: Submission) -> Submitted:
        """Hand something in. The same key twice is once, and gives the same receipt."""

    async def version(self) -> str:
        """Of the contract, as the far end has it."""

    async def close(self) -> None: ...


class SystemDay(Document, frozen=True, tag="system_day"):
    """How exchanges with a system went on a day, in UTC. asked = answered + failed; who is told no or nothing is answered, too."""

    key: str
    """system/day"""
    system: str
    day: date
    answered: int = 0
    in_time: int = 0
    failed: int = 0
    took: tuple[int, ...] = (0,) * len(STEPS_S)
    """Of the answers: how many took up to each of STEPS_S, and longer than the one before."""

    @property
    def asked(self) -> int:
        return self.answered + self.failed

    def marks(self) -> Iterator[IndexEntry]:
        yield IndexEntry("system", self.system, datetime.combine(self.day, time(), UTC))


class Unsent(Document, frozen=True, tag="unsent"):
    """A case that a system did not take the last time; it goes as soon as one does."""

    number: str
    """The case's."""
    system: str
    at: datetime
    why: str


def first_of(system: str, day: date) -> SystemDay:
    """A day on which nothing was asked yet."""
    return SystemDay(f"{system}/{day}", system, day)


def counted(day: SystemDay, took_s: float | None, contract: Contract) -> SystemDay:
    """With one exchange more; None is one that got no answer."""
    if took_s is None:
        return replace(day, failed=day.failed + 1)
    place = bisect_left(STEPS_S, took_s)
    took = tuple(number + (at == place) for at, number in enumerate(day.took))
    return replace(day, answered=day.answered + 1, in_time=day.in_time + (took_s <= contract.answer_s), took=took)


def share_in_time(day: SystemDay) -> float | None:
    """Of all that were asked; None where nobody was."""
    return day.in_time / day.asked if day.asked else None


def quantile_s(day: SystemDay, share: float) -> float | None:
    """Within how many seconds so many of the answers came, rounded up to one of STEPS_S; None where none came."""
    if not day.answered:
        return None
    return next(limit for limit, number in zip(STEPS_S, accumulate(day.took), strict=True) if number >= share * day.answered)


def fits(ours: str, theirs: str) -> bool:
    """Whether versions of a contract understand each other."""
    return ours.partition(".")[0] == theirs.partition(".")[0]
