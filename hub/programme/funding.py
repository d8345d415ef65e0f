"""Money of the programme: who pays for which centre and function, plan and fact by source and year (GV-15, GV-18). Pure."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from hub.organisation.centre import Function
from hub.programme.task import Note, RowKey, Words

Rubles = Annotated[int, Meta(ge=0, le=10**12)]


class FundingSource(StrEnum):
    """«С учётом софинансирования из бюджетов субъектов»: the concept, section XI."""

    FEDERAL = "federal_budget"
    REGIONAL = "regional_budget"
    MUNICIPAL = "municipal_budget"
    CONTRACT = "contract"
    """A contractor's, for a function that was delegated."""


class FundingLine(Struct, frozen=True, kw_only=True, tag="funding_line"):
    """What one source pays in a year. `centre` is a code, "" for the programme as a whole; `function` None is all of them."""

    id: RowKey
    title: Words
    year: Annotated[int, Meta(ge=2009, le=2100)]
    source: FundingSource
    centre: Annotated[str, Meta(pattern="^([0-9]{3})?$")] = ""
    function: Function | None = None
    plan: Rubles = 0
    fact: Rubles = 0
    note: Note = ""


class FundingSum(Struct, frozen=True):
    """Rubles of a source in a year; without one, of all; year 0 is all years."""

    year: int
    source: FundingSource | None
    plan: int
    fact: int


def sums(lines: Iterable[FundingLine]) -> list[FundingSum]:
    """Of each year its sources and then its whole; at the end each source and the whole of all years."""
    found: dict[tuple[int, FundingSource | None], tuple[int, int]] = {}
    for line in lines:
        for key in ((line.year, line.source), (line.year, None), (0, line.source), (0, None)):
            plan, fact = found.get(key, (0, 0))
            found[key] = plan + line.plan, fact + line.fact
    order = [*FundingSource, None]
    keys = sorted(found, key=lambda key: (key[0] or 9999, order.index(key[1])))
    return [FundingSum(year, source, *found[year, source]) for year, source in keys]
