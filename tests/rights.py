"""What citizens may demand of their own data, over the parts that a test has."""

from functools import partial
from zoneinfo import ZoneInfo

from hub.access.federal_separation import FederalDataPolicy
from hub.citizens.code_word_service import CodeWordService
from hub.citizens.consent_service import ConsentService
from hub.citizens.verification import VerificationService
from hub.conversations.ports import Store
from hub.conversations.sequencer import ConversationSequencer
from hub.integrations.application_status import Required
from hub.integrations.application_status_service import ApplicationStatusService
from hub.integrations.department_client import DepartmentClients
from hub.organisation.level import Level
from hub.organisation.production_calendar import is_worked
from hub.privacy.self_service import DataSelfService
from hub.privacy.subject_request import due
from hub.privacy.subject_requests import SubjectRequests
from hub.quality.surveys.erasure import detach_withdrawn
from okno.rights import shipped

MOSCOW = ZoneInfo("Europe/Moscow")


def own_data_of(lanes: ConversationSequencer, store: Store, level: Level = Level.REGIONAL) -> tuple[DataSelfService, SubjectRequests, ConsentService]:
    """Not started yet."""
    demands = SubjectRequests(lanes, store, lambda taken, days: due(taken, days, MOSCOW, is_worked), lambda at: f"{at.astimezone(MOSCOW):%d.%m.%Y}")
    consenting = ConsentService(lanes, store, shipped(), partial(detach_withdrawn, store))
    separation = FederalDataPolicy(level, {})
    return DataSelfService(lanes, demands, consenting, separation, nobody_asked(lanes, store, separation)), demands, consenting


def nobody_asked(lanes: ConversationSequencer, store: Store, separation: FederalDataPolicy) -> ApplicationStatusService:
    """Where there are no systems to ask how applications stand."""
    async def held(start: str) -> tuple[str, ...]:
        return (start,)

    vouching = CodeWordService(store, lanes.now, lambda: lanes.now().astimezone(MOSCOW).date())
    return ApplicationStatusService(lanes, store, DepartmentClients({}, store, lanes.now), VerificationService(lanes, store), vouching, separation, Required(),
                     municipal=False, even_s=0, held=held, account=lambda _: "", network=lambda _: "")


