"""Quality of services in the country: figures by grouping, bottlenecks with their course (FD-07, MC-03, MC-04, MC-07)."""

from datetime import date
from typing import Annotated

from msgspec import Meta, Struct

from hub.access.permissions import Permission
from hub.cases.recommendation import ReportedFigure, Selection
from hub.cases.recommendation_service import Wording
from hub.conversations.channel_traits import TraitRegistry
from hub.desk.cases.complaint_forms import Prose
from hub.desk.cases.parts import Cases, Complaints
from hub.desk.http.endpoint import Call, endpoint
from hub.desk.organisation.centre import Centre
from hub.desk.organisation.scope import CentreScope
from hub.desk.programme.period import check_period
from hub.kernel.errors import RefusedError
from hub.knowledge.editorial import Editorial
from hub.programme.coverage_service import CoverageService
from hub.programme.service_book import TOPIC
from hub.programme.service_bottlenecks import ServiceBottleneck
from hub.programme.service_figures import ServiceCounts, ServiceTrouble
from hub.programme.service_reports import ServiceBy, ServiceFilter, ServiceReports

Key = Annotated[str, Meta(max_length=200)]
FIGURES = {
    ServiceTrouble.RETURNED: "повторных обращений", ServiceTrouble.COMPLAINTS: "жалоб", ServiceTrouble.DELAYS: "жалоб на сроки",
    ServiceTrouble.REFUSALS: "жалоб на отказы", ServiceTrouble.OUTDATED: "сообщений об устаревших сведениях",
    ServiceTrouble.BAD_GRADES: "плохих оценок"}
"""In the genitive, as a recommendation tells them."""


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


class ServiceAdviceIn(Struct, frozen=True):
    """A bottleneck of the period, and the words of the draft; it goes to the body that provides the service."""

    since: date
    until: date
    service: Annotated[str, Meta(min_length=1, max_length=200)]
    figure: ServiceTrouble
    title: Annotated[str, Meta(min_length=1, max_length=300)]
    cause: Prose
    proposal: Prose


class ServiceAdviceOut(Struct, frozen=True):
    recommendation: str


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
    check_period(query.since, query.until, coverage.today)
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


@endpoint("POST", "/api/programme/services/recommendations", Permission.ADVISE)
async def recommend_service(reports: ServiceReports, titles: ServiceTitles, coverage: CoverageService, centre: Centre,
                            complaints: Complaints, cases: Cases, scope: CentreScope, call: Call,
                            body: ServiceAdviceIn) -> ServiceAdviceOut:
    """Draft a recommendation out of a bottleneck: what centres have reported, with one's own complaints; 409 `no_bottleneck`."""
    check_period(body.since, body.until, coverage.today)
    found = await reports.report(body.since, body.until, ServiceBy.SERVICE, ServiceFilter())
    one = next((each for each in found.worst if (each.service, each.figure) == (body.service, body.figure)), None)
    if one is None:
        raise RefusedError("no_bottleneck", "Такого узкого места за этот период нет: обновите страницу.")
    names = centre.centres(body.until)
    reported = ReportedFigure(FIGURES[one.figure], one.count, one.of, round(one.count - one.more, 1),
                              tuple(names.get(code, code) for code in found.centres))
    selection = Selection(body.since, body.until, tuple(scope.lines(call.who)), cases.topic_tree.current.version, service=body.service)
    wording = Wording(body.title.strip(), body.cause.strip(), body.proposal.strip(), titles.authority(body.service))
    return ServiceAdviceOut((await complaints.advising.draft(call.who, selection, wording, reported)).id)


ENDPOINTS = (programme_services, recommend_service)
