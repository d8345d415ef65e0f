"""The programme: coverage of the country, its reports to the centres above."""

import tomllib
from functools import partial
from importlib.resources import files
from typing import NamedTuple

import msgspec

from channels.web.open_data_pages import OpenDataPages
from hub.kernel.ids import EPOCH
from hub.programme.campaign_service import CampaignService
from hub.programme.coverage_service import CoverageService
from hub.programme.effect_book import EffectBook
from hub.programme.effect_reports import EffectReports
from hub.programme.gate_service import GateService
from hub.programme.open_data_service import OpenDataService
from hub.programme.readiness_book import ReadinessBook
from hub.programme.readiness_measure import ReadinessMeasure
from hub.programme.replication import ProgrammeReplication
from hub.programme.service_book import ServiceBook
from hub.programme.service_reports import ServiceReports
from hub.programme.sheet import SheetName, SheetRow
from hub.programme.sheet_book import SheetBook
from hub.programme.template import TITLES, TemplateKind, TemplateVersion
from hub.programme.template_book import TemplateBook
from hub.programme.visit_book import VisitBook
from okno.rooms.base import Base, Organisation, close_later
from okno.rooms.cases import CaseWork
from okno.rooms.dispatch import Dispatching
from okno.rooms.knowledge import Knowledge
from okno.rooms.monitoring import Monitoring
from okno.rooms.training import Training
from okno.territory import subjects


class Programme(NamedTuple):
    coverage_service: CoverageService
    service_reports: ServiceReports
    sheet_book: SheetBook
    gate_service: GateService
    campaign_service: CampaignService
    effect_reports: EffectReports
    template_book: TemplateBook
    visit_book: VisitBook
    programme_replication: ProgrammeReplication
    open_data_pages: OpenDataPages | None


def set_up_programme(base: Base, organisation: Organisation, knowledge: Knowledge, dispatching: Dispatching, monitoring: Monitoring,
                     case_work: CaseWork, training: Training) -> Programme:
    centres, days = organisation.centres, dispatching.days
    measure = ReadinessMeasure(organisation.settings_versions, centres.authorization, dispatching.dispatch, case_work.booking,
                               knowledge.editorial, training.training_group_service, base.now, partial(telephones, base))
    readiness = ReadinessBook(base.store, days, measure)
    services = ServiceBook(base.store, monitoring.periods, organisation.lines, knowledge.editorial.handbook, centres.subject)
    effects = EffectBook(base.store, monitoring.periods, base.doors.channels)
    books, config = (readiness, services, effects), base.config
    replication = ProgrammeReplication(days, books, config.centre.code, base.link, config.link.reports_to)
    close_later(base.stack, replication)
    coverage = CoverageService(readiness, centres.registry, subjects(), days)
    sheets = SheetBook(base.store, days, base.now, starter())
    gates = GateService(base.store, sheets, coverage, centres.registry, base.now)
    campaigns = CampaignService(base.store, sheets, monitoring.periods, centres.registry)
    texts = TemplateBook(base.store, coverage, centres.registry, base.now, shipped_texts())
    reports, effect = ServiceReports(base.store, centres.level), EffectReports(base.store, sheets)
    return Programme(coverage, reports, sheets, gates, campaigns, effect, texts,
                     VisitBook(base.store, centres.registry, subjects(), base.now), replication,
                     pages(base, OpenDataService(coverage, effect, reports, centres.names)))


def pages(base: Base, service: OpenDataService) -> OpenDataPages | None:
    """None where nothing is published."""
    address = base.config.open_data.address
    return OpenDataPages(service, address, base.config.centre.name) if address else None


def starter() -> dict[SheetName, tuple[SheetRow, ...]]:
    """What the lists of the programme's office begin with."""
    told = tomllib.loads((files("hub") / "data" / "programme.toml").read_text(encoding="utf8"))
    return msgspec.convert(told, dict[SheetName, tuple[SheetRow, ...]])


def shipped_texts() -> dict[TemplateKind, TemplateVersion]:
    """Standard texts that come with Okno: version 0, which nobody has approved."""
    texts = {kind: (files("hub") / "data" / f"{kind}.txt").read_text(encoding="utf8") for kind in TemplateKind}
    return {kind: TemplateVersion(f"{kind}/0", kind, 0, TITLES[kind], text, "", EPOCH) for kind, text in texts.items()}


def telephones(base: Base) -> int:
    """How many telephone channels work now."""
    return sum(name.startswith("voice.") and each.health().up for name, each in base.doors.channels.items())
