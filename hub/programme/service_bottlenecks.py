"""Bottlenecks of services: where something goes wrong more often than in all services together, ranked by the citizens concerned (MC-07).

Pure.
"""

from collections.abc import Iterator, Mapping, Sequence
from math import sqrt

from msgspec import Struct

from hub.programme.change_point import change_point
from hub.programme.service_figures import NOTHING, SHARE_OF, ServiceCounts, ServiceTrouble

LEAST, MOST = 3, 10
SURE = 3.0
"""Standard deviations above the common rate: one in seven hundred by chance."""
KNOWN = 20
"""A subject with fewer of the whole says nothing about the spread."""


class SubjectShare(Struct, frozen=True):
    subject: str
    count: int
    of: int


class ServiceBottleneck(Struct, frozen=True):
    """`count` of `of`: `more` of them than at the common share; `sigma` says how many standard deviations that is.

    `changed` is the interval in which the share became another one, "" for none. `series` is count and whole of each interval, and
    `best` and `worst` are the subjects that the spread between regions lies between.
    """

    service: str
    figure: ServiceTrouble
    count: int
    of: int
    more: float
    sigma: float
    before: int
    before_of: int
    changed: str
    series: tuple[tuple[str, int, int], ...]
    best: SubjectShare | None
    worst: SubjectShare | None
    subjects: int


Rows = Mapping[str, ServiceCounts]
Series = Mapping[str, Rows]
"""By interval, then by service."""


def bottlenecks(rows: Rows, before: Rows, series: Series, places: Mapping[str, Rows]) -> list[ServiceBottleneck]:
    """The worst first; `places` are the figures by service, then by subject."""
    found = [each for figure in ServiceTrouble for each in _found(figure, rows, before, series, places)]
    return sorted(found, key=lambda each: (-each.more, each.service, each.figure))[:MOST]


def _found(figure: ServiceTrouble, rows: Rows, before: Rows, series: Series,
           places: Mapping[str, Rows]) -> Iterator[ServiceBottleneck]:
    base = SHARE_OF[figure]
    bad, whole = (sum(getattr(each, name) for each in rows.values()) for name in (figure, base))
    for service, counts in rows.items() if whole else ():
        count, of = getattr(counts, figure), getattr(counts, base)
        expected = of * bad / whole
        sigma = (count - expected) / sqrt(max(expected, 1.0))
        if not service or count < LEAST or sigma < SURE:
            continue
        past = before.get(service, NOTHING)
        its = ((at, by.get(service, NOTHING)) for at, by in series.items())
        course = tuple((at, getattr(each, figure), getattr(each, base)) for at, each in its)
        changed = change_point([(part, of_) for _, part, of_ in course])
        there = shares(places.get(service, {}), figure)
        yield ServiceBottleneck(
            service, figure, count, of, round(count - expected, 1), round(sigma, 1), getattr(past, figure), getattr(past, base),
            "" if changed is None else course[changed][0], course, there[0] if there else None, there[-1] if there else None, len(there))


def shares(places: Rows, figure: ServiceTrouble) -> Sequence[SubjectShare]:
    """Of the subjects with enough to tell, the best first."""
    found = [SubjectShare(subject, getattr(each, figure), getattr(each, SHARE_OF[figure])) for subject, each in places.items() if subject]
    return sorted((each for each in found if each.of >= KNOWN), key=lambda each: (each.count / each.of, each.subject))
