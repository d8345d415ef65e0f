"""Builds referrals of complaints, and recommendations."""

from collections.abc import Callable, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from hub.cases.breaches import WORDS
from hub.cases.case import Case, CaseKind
from hub.cases.recommendation_service import RecommendationService
from hub.cases.referral_service import ReferralService
from hub.conversations.ports import Store
from hub.desk.cases.parts import Cases, Complaints
from hub.knowledge.authorities import Authority
from hub.knowledge.handbook import KnowledgeSnapshot
from hub.notifications.notifier import NotificationSender
from hub.organisation.legal_terms import LegalTerm, end_of_term, last_day, midnight_after
from hub.organisation.production_calendar import is_worked
from okno.adapters.document_printer import DocumentPrinter
from okno.config import Config

RECEIPT = LegalTerm(working_days=3)
"""Term for the authority's registration (59-ФЗ ст. 8 ч. 2)."""


def complaints_of(config: Config, store: Store, cases: Cases, notification_sender: NotificationSender, mail: Callable[[], str],
                  handbook: Callable[[], KnowledgeSnapshot], now: Callable[[], datetime]) -> Complaints:
    zone = ZoneInfo(config.centre.timezone)

    def authorities() -> Mapping[str, Authority]:
        return handbook().authorities

    def until(moment: datetime) -> datetime:
        return midnight_after(end_of_term(moment.astimezone(zone).date(), RECEIPT, is_worked), zone)

    def letter(case: Case, authority: Authority) -> str:
        return letter_to(case, authority, config.centre.name, zone, handbook())

    referring = ReferralService(store, cases.work, notification_sender, authorities, until, letter, mail, now)
    recommendations = RecommendationService(store, cases.topic_tree, authorities, config.centre.code, zone, now)
    return Complaints(referring, recommendations, DocumentPrinter(), authorities)


def letter_to(case: Case, authority: Authority, centre: str, zone: ZoneInfo, handbook: KnowledgeSnapshot) -> str:
    """The text for the authority, without the citizen's identity: the centre passes the answer on."""
    matter = case.matter
    of, service = handbook.authorities.get(matter.authority), handbook.services.get(matter.service)
    wrong = [WORDS[matter.breach] if matter.breach else "", matter.deviation]
    kind = "жалобу" if case.kind is CaseKind.COMPLAINT else "обращение"
    facts = [("Зарегистрировано", f"{case.registered.astimezone(zone):%d.%m.%Y}"), ("На кого", of.name if of else matter.authority),
             ("Услуга", service.title if service else matter.service), ("Когда", f"{matter.happened:%d.%m.%Y}" if matter.happened else ""),
             ("Что нарушено", "; ".join(filter(None, wrong))),
             ("Ответ заявителю — до", last_day(case.due, zone))]
    return "\n".join([
        f"{authority.name}", "", f"Направляем {kind} № {case.number} для рассмотрения по существу.", "",
        *(f"{name}: {value}" for name, value in facts if value), "", "Текст:", case.text, "",
        f"Просим подтвердить получение и ответить на это письмо, указав № {case.number}: ответ передадим заявителю.", "", centre])
