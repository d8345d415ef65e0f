"""What citizens may demand of their own data, over the parts that a test has."""

from functools import partial
from zoneinfo import ZoneInfo

from hub.access.federal_separation import FederalDataPolicy
from hub.citizens.code_word_service import CodeWordService
from hub.citizens.consent_service import ConsentService
from hub.citizens.verification import VerificationService
from hub.conversations.ports import Store
from hub.conversations.sequencer import ConversationSequencer
from hub.integrations.application_status_service import ApplicationStatusService
from hub.integrations.department_client import DepartmentClients
from hub.organisation.level import Level
from hub.organisation.production_calendar import is_worked
from hub.privacy.self_service import DataSelfService
from hub.privacy.subject_request import due
from hub.privacy.subject_requests import SubjectRequests
from hub.quality.surveys.retention import detach_withdrawn
from okno.config import StatusSettings
from okno.rights import shipped

MOSCOW = ZoneInfo("Europe/Moscow")


def own_data_of(sequencer: ConversationSequencer, store: Store, level: Level = Level.REGIONAL) -> tuple[DataSelfService, SubjectRequests, ConsentService]:
    """Not started yet."""
    demands = SubjectRequests(sequencer, store, lambda taken, days: due(taken, days, MOSCOW, is_worked), lambda at: f"{at.astimezone(MOSCOW):%d.%m.%Y}")
    consent_service = ConsentService(sequencer, store, shipped(), partial(detach_withdrawn, store))
    federal_policy = FederalDataPolicy(level, {})
    return DataSelfService(sequencer, demands, consent_service, federal_policy, nobody_asked(sequencer, store, federal_policy)), demands, consent_service


def nobody_asked(sequencer: ConversationSequencer, store: Store, federal_policy: FederalDataPolicy) -> ApplicationStatusService:
    """Where there are no systems to ask how applications stand."""
    async def held(start: str) -> tuple[str, ...]:
        return (start,)

    code_word_service = CodeWordService(store, sequencer.now, lambda: sequencer.now().astimezone(MOSCOW).date())
    return ApplicationStatusService(sequencer, store, DepartmentClients({}, store, sequencer.now), VerificationService(sequencer, store), code_word_service, federal_policy, StatusSettings(even_s=0),
                     held=held, account=lambda _: "", network=lambda _: "")


