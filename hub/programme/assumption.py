"""What the hub cannot count: how long an answer took before, what a minute costs; dated, with its source (GV-11, GV-13). Pure."""

from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from hub.programme.task import Note, RowKey, Words

Amount = Annotated[float, Meta(ge=0, le=1e9)]


class AssumptionMeasure(StrEnum):
    BEFORE = "information_before_min"
    """Minutes that a citizen needed to get information before there was a centre: the baseline."""
    SPECIALISTS = "specialist_share_percent"
    """Of the answered contacts, those who would have asked a specialist of a body instead."""
    SPECIALIST_TIME = "specialist_time_min"
    """Minutes of a specialist for such a question."""
    MINUTE = "minute_rub"
    """What a minute of talk costs in a channel, besides the money of the programme."""
    CONTACT = "contact_rub"
    """What a contact costs in a channel, besides the money of the programme: an SMS, a message."""


class Assumption(Struct, frozen=True, kw_only=True, tag="assumption"):
    """From `low` to `high`, the same where it is known exactly; in force from `since` on. `channel` is its family, "" for all."""

    id: RowKey
    title: Words
    measure: AssumptionMeasure
    channel: Annotated[str, Meta(pattern="^[a-z0-9_]{0,32}$")] = ""
    low: Amount
    high: Amount
    since: date
    source: Annotated[str, Meta(min_length=1, max_length=300)]
    note: Note = ""

    def __post_init__(self) -> None:
        if self.high < self.low:
            message = "high must not be less than low"
            raise ValueError(message)


def in_force(rows: Iterable[Assumption], measure: AssumptionMeasure, day: date, channel: str = "") -> Assumption | None:
    """The newest one of that day; one of the channel comes before one of all channels."""
    found = [each for each in rows if each.measure is measure and each.since <= day and each.channel in {channel, ""}]
    return max(found, key=lambda each: (each.channel, each.since), default=None)
