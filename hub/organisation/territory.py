"""Subjects of the Federation: zones, telephone codes, neighbours, and the date from which each is one. Pure.

The table is complete from 1 March 2008, when the last two subjects were merged into one; it counts 83, then 85 from 18 March 2014
and 89 from 30 September 2022 (Constitution, article 65; the dates are those of the treaties of accession).
"""

import csv
from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import Annotated

from msgspec import Meta, Struct

from hub.kernel.errors import OknoError


class TerritoryError(OknoError):
    """The table of subjects is invalid; the text names the row and the column."""


class Place(Struct, frozen=True, forbid_unknown_fields=True):
    """The place where a service is received, as far as it is known (RT-11)."""

    subject: Annotated[str, Meta(max_length=2)] = ""
    """Two digits, as in the table; "" while it is unknown."""
    municipality: Annotated[str, Meta(max_length=11)] = ""
    """ОКТМО."""
    mfc: Annotated[str, Meta(max_length=100)] = ""


class Spot(Struct, frozen=True, omit_defaults=True):
    """A place as the sender gives it: words, WGS 84 degrees, or both."""

    words: str = ""
    lat: float | None = None
    long: float | None = None


class Subject(Struct, frozen=True):
    """A subject of the Federation; `code` is the one of the tax service and of addresses, «77»."""

    code: str
    name: str
    zone: str
    """IANA zone of its capital."""
    valid_from: date
    further_zones: tuple[str, ...] = ()
    """Zones of its other parts: Yakutia has three."""
    phone_codes: frozenset[str] = frozenset()
    """ABC codes of landline numbers; subjects may share one."""
    neighbours: frozenset[str] = frozenset()
    """Codes of the subjects that it borders on, by land or bridge."""


class Subjects:
    """The whole table, indexed."""

    def __init__(self, subjects: Iterable[Subject]) -> None:
        """Raises TerritoryError when a code occurs twice or a neighbour is not mutual."""
        self._by_code: dict[str, Subject] = {}
        shared: defaultdict[str, set[str]] = defaultdict(set)
        for each in subjects:
            if each.code in self._by_code:
                message = f"subject {each.code}: code: taken twice"
                raise TerritoryError(message)
            self._by_code[each.code] = each
            for code in each.phone_codes:
                shared[code].add(each.code)
        self._by_phone_code = {code: frozenset(found) for code, found in shared.items()}
        for each in self._by_code.values():
            for other in each.neighbours:
                if other not in self._by_code or each.code not in self._by_code[other].neighbours:
                    message = f"subject {each.code}: neighbours: {other} does not name it"
                    raise TerritoryError(message)

    @property
    def codes(self) -> frozenset[str]:
        return frozenset(self._by_code)

    def __getitem__(self, code: str) -> Subject:
        """Raises KeyError."""
        return self._by_code[code]

    def on(self, day: date) -> tuple[Subject, ...]:
        """All subjects on a day, by code: the denominator of every national figure (D11)."""
        return tuple(each for _, each in sorted(self._by_code.items()) if each.valid_from <= day)

    def of_phone_code(self, code: str) -> frozenset[str]:
        """Subjects of a landline number's first three digits; none for Baikonur and unassigned codes."""
        return self._by_phone_code.get(code, frozenset())

    def neighbours(self, code: str, day: date) -> tuple[Subject, ...]:
        """Neighbours on a day, by code; raises KeyError."""
        return tuple(each for each in self.on(day) if each.code in self._by_code[code].neighbours)


def read_subjects(text: str) -> Subjects:
    """Read the table from CSV; lists inside a cell are separated by spaces. Raises TerritoryError."""
    return Subjects(_subject(place, row) for place, row in enumerate(csv.DictReader(text.splitlines()), 2))


def _subject(line: int, row: dict[str, str]) -> Subject:
    try:
        since = date.fromisoformat(row["valid_from"])
        if not (len(row["code"]) == 2 and row["code"].isdecimal() and row["name"] and row["zone"]):  # noqa: PLR2004 - «77»
            message = f"line {line}: code, name or zone is missing or malformed"
            raise TerritoryError(message)
        return Subject(row["code"], row["name"], row["zone"], since, tuple(row["further_zones"].split()),
                       frozenset(row["phone_codes"].split()), frozenset(row["neighbours"].split()))
    except KeyError as error:
        message = f"line {line}: there is no column {error}"
        raise TerritoryError(message) from error
    except (ValueError, TypeError, AttributeError) as error:  # a short row has None in its last columns
        message = f"line {line}: {error}"
        raise TerritoryError(message) from error
