"""Campaigns that tell the population of a number, and how many calls a day came before and after (GV-10). Pure."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from statistics import fmean
from typing import Annotated

from msgspec import Meta, Struct

from hub.programme.task import Note, RowKey, Words
from hub.programme.visits import half_width

SIDE = 28
"""Days on each side of the campaign: whole weeks, so that weekdays weigh the same."""
LEAST = 14
"""Days that must be known on each side before anything is concluded."""


class Campaign(Struct, frozen=True, kw_only=True, tag="campaign"):
    """`subject` is the territory, "" for the whole country; `day` is its first."""

    id: RowKey
    title: Words
    number: Annotated[str, Meta(pattern=r"^(\+[1-9][0-9]{6,14}|[0-9]{2,6})$")]
    subject: Annotated[str, Meta(pattern="^([0-9]{2})?$")] = ""
    day: date
    medium: Annotated[str, Meta(min_length=1, max_length=300)]
    note: Note = ""

    @property
    def days(self) -> tuple[date, ...]:
        """Those before it, its own, those after it."""
        return tuple(self.day + timedelta(days=number) for number in range(-SIDE, SIDE + 1))


class CampaignEffect(Struct, frozen=True):
    """Calls of each day, None where they are unknown, and their means. The difference is from `low` to `high` with 95 %.

    All four are None where a side has fewer than LEAST known days.
    """

    calls: tuple[int | None, ...]
    known_before: int
    known_after: int
    before: float | None = None
    after: float | None = None
    low: float | None = None
    high: float | None = None


def known(days: Iterable[tuple[int, int] | None]) -> list[int | None]:
    """Calls of a centre, from its contacts and calls of each day. Before its first contact it did not work: that is unknown, not 0."""
    begun, found = False, list[int | None]()
    for day in days:
        begun = begun or (day is not None and day[0] > 0)
        found.append(day[1] if day is not None and begun else None)
    return found


def effect(centres: Sequence[Sequence[int | None]]) -> CampaignEffect:
    """A day is known when it is of each centre. Its own day belongs to neither side."""
    calls = tuple(None if any(each is None for each in day) else sum(each for each in day if each is not None)
                  for day in zip(*centres, strict=True)) if centres else (None,) * (2 * SIDE + 1)
    before, after = ([each for each in side if each is not None] for side in (calls[:SIDE], calls[SIDE + 1:]))
    if min(len(before), len(after)) < LEAST:
        return CampaignEffect(calls, len(before), len(after))
    more, half = fmean(after) - fmean(before), half_width(after, before) or 0.0
    return CampaignEffect(calls, len(before), len(after), *(round(each, 1) for each in (
        fmean(before), fmean(after), more - half, more + half)))
