"""Quality of services in the country: figures by grouping, bottlenecks with their course (FD-07, MC-03, MC-04, MC-07)."""

from datetime import date
from typing import Annotated

from msgspec import Meta, Struct

from hub.access.permissions import Permission
from hub.conversations.channel_traits import TraitRegistry
from hub.desk.http.endpoint import Call, endpoint
from hub.desk.organisation.centre import Centre
from hub.kernel.errors import RefusedError
from hub.kernel.ids import EPOCH
from hub.knowledge.editorial import Editorial
from hub.programme.coverage_service import CoverageService
from hub.programme.service_book import TOPIC
from hub.programme.service_bottlenecks import ServiceBottleneck
from hub.programme.service_figures import ServiceCounts
from hub.programme.service_reports import ServiceBy, ServiceFilter, ServiceReports

Key = Annotated[str, Meta(max_length=200)]
LONGEST = 366 * 3


class ServicesQuery(Struct, frozen=True):
    """From the day `since` to the day `until`, both included; "" is any."""

    since: date
    until: date
    by: ServiceBy = ServiceBy.SERVICE
    service: Key = ""
    authority: Key = ""
    subject: Annotated[str, Meta(max_length=2)] = ""


class ServiceRowOut(Struct, frozen=True):
    """`satisfaction` is the mean grade; None without grades."""

    key: str
    title: str
    offered: int
    decided: int
    returned: int
    complaints: int
    delays: int
    refusals: int
    outdated: int
    grades: int
    bad_grades: int
    satisfaction: float | None


class ServiceBottleneckOut(ServiceBottleneck, frozen=True, kw_only=True):
    """`title` is Russian; `authority` is the body that provides it, "" where it is unknown."""

    title: str
    authority: str


class ServicesOut(Struct, frozen=True):
    """`centres` are those that have reported, `missing` the names of the others."""

    since: date
    until: date
    by: ServiceBy
    today: date
    rows: list[ServiceRowOut]
    total: ServiceRowOut
    centres: tuple[str, ...]
    missing: list[str]
    restated: int
    worst: list[ServiceBottleneckOut]


class ServiceTitles:
    """Names of rows, in Russian."""

    def __init__(self, editorial: Editorial, centre: Centre, coverage: CoverageService, traits: TraitRegistry) -> None:
        self._editorial, self._centre, self._coverage, self._traits = editorial, centre, coverage, traits

    def title(self, by: ServiceBy, key: str) -> str:  # noqa: PLR0911 - one line a kind of row
        handbook = self._editorial.handbook()
        match by:
            case ServiceBy.SERVICE:
                topic = key.removeprefix(TOPIC)
                if topic != key:
                    return self._centre.topics[topic].title if topic in self._centre.topics else topic
                return handbook.services[key].title if key in handbook.services else key
            case ServiceBy.AUTHORITY:
                return handbook.authorities[key].name if key in handbook.authorities else key
            case ServiceBy.SUBJECT:
                return self._coverage.name(key)
            case ServiceBy.CHANNEL:
                return self._traits.named(key).title if key else ""
            case ServiceBy.CENTRE:
                return self._centre.centres(self._coverage.today).get(key, key)
            case _:
                return key

    def authority(self, service: str) -> str:
        found = self._editorial.handbook().services.get(service)
        return found.authority if found else ""


@endpoint("GET", "/api/programme/services", Permission.SEE_FIGURES)
async def programme_services(reports: ServiceReports, titles: ServiceTitles, coverage: CoverageService, centre: Centre, call: Call,
                             query: ServicesQuery) -> ServicesOut:
    """Figures of services in a period, their sum, and the bottlenecks, the worst first."""
    del call
    if not EPOCH.date() <= query.since <= query.until <= coverage.today or (query.until - query.since).days >= LONGEST:
        raise RefusedError("bad_dates", f"Показатели есть с {EPOCH:%d.%m.%Y} по вчерашний день, не больше трёх лет сразу.")
    found = await reports.report(query.since, query.until, query.by, ServiceFilter(query.service, query.authority, query.subject))
    names = centre.centres(query.until)
    return ServicesOut(
        query.since, query.until, query.by, coverage.today,
        [_row(key, titles.title(query.by, key), counts) for key, counts in found.rows.items()], _row("", "", found.total), found.centres,
        [name for code, name in sorted(names.items()) if code not in found.centres], found.restated,
        [_bottleneck(each, titles) for each in found.worst])


def _row(key: str, title: str, of: ServiceCounts) -> ServiceRowOut:
    return ServiceRowOut(key, title, of.offered, of.decided, of.returned, of.complaints, of.delays, of.refusals, of.outdated, of.grades,
                         of.bad_grades, round(of.grade_sum / of.grades, 2) if of.grades else None)


def _bottleneck(of: ServiceBottleneck, titles: ServiceTitles) -> ServiceBottleneckOut:
    told = {name: getattr(of, name) for name in ServiceBottleneck.__struct_fields__}
    return ServiceBottleneckOut(**told, title=titles.title(ServiceBy.SERVICE, of.service), authority=titles.authority(of.service))


ENDPOINTS = (programme_services,)
