"""Trunks of the telephone network by the hour, and callers whom they refused (CH-19, SL-07). Pure."""

from collections.abc import Iterator
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from hub.kernel.document import Document
from hub.kernel.indexes import IndexEntry


class TrunkHour(Document, frozen=True, omit_defaults=True, tag="trunk_hour"):
    """What a trunk carried in an hour; an hour without calls has none."""

    key: str
    trunk: str
    """Exchange and endpoint: a1/trunk."""
    hour: datetime
    most: int = 0
    """Calls at once."""
    calls: int = 0
    """Answered callers."""
    refused: int = 0
    """Callers who were not answered."""
    held_s: float = 0.0
    """Sum over all calls, placed ones included: 3600 is one erlang."""

    def marks(self) -> Iterator[IndexEntry]:
        yield IndexEntry("hour", at=self.hour)


class RefusedCall(Document, frozen=True, omit_defaults=True, tag="refused_call"):
    """A caller whom the exchange did not answer. `key` is that of the call."""

    key: str
    at: datetime
    trunk: str
    dialled: str
    number: str = ""
    """In E.164 form; "" where it was withheld."""
    cause: int = 0
    """As in Q.850: 17 and 34 say that all lines are busy."""
    by: str = ""
    """Login of who decided that the citizen is called back."""
    decided: datetime | None = None
    conversation: int = 0
    """The conversation that owes the call."""

    def marks(self) -> Iterator[IndexEntry]:
        yield IndexEntry("at", at=self.at)
        if self.number:
            yield IndexEntry("number", self.number, self.at)


class TrunkNow(Struct, frozen=True):
    """A trunk at this moment. `lines` is its declared capacity, 0 for none; `refused` counts since the start of the hub."""

    trunk: str
    lines: int
    in_use: int
    refused: int
    unsaved: tuple[TrunkHour, ...]
    """What the stored hours do not have yet."""


def hour_of(trunk: str, now: datetime) -> TrunkHour:
    hour = now.replace(minute=0, second=0, microsecond=0)
    return TrunkHour(f"{trunk}/{hour:%Y-%m-%dT%H}", trunk, hour)


def merged(one: TrunkHour, other: TrunkHour | None) -> TrunkHour:
    """Two parts of the same hour."""
    if other is None:
        return one
    return replace(one, most=max(one.most, other.most), calls=one.calls + other.calls, refused=one.refused + other.refused,
                   held_s=one.held_s + other.held_s)
