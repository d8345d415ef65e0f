"""Builds the status of applications in state systems."""

from collections.abc import Awaitable, Callable, Sequence
from zoneinfo import ZoneInfo

from hub.access.federal_separation import FederalDataPolicy
from hub.citizens.code_word_service import CodeWordService
from hub.citizens.verification import VerificationService
from hub.conversations.address import Address
from hub.conversations.conversation import Conversation
from hub.conversations.ports import Store
from hub.conversations.sequencer import ConversationSequencer
from hub.integrations.application_status_by_message import StatusAsking
from hub.integrations.application_status_service import ApplicationStatusService
from hub.integrations.department_client import DepartmentClients
from okno.config import Config


def status_of(config: Config, sequencer: ConversationSequencer, store: Store, systems: DepartmentClients,
              verification_service: VerificationService, code_word_service: CodeWordService,
              federal_policy: FederalDataPolicy, held: Callable[[str], Awaitable[Sequence[str]]],
              account: Callable[[Conversation], str], network: Callable[[Address], str]) -> tuple[ApplicationStatusService, StatusAsking]:
    """Builds the queries, and the answers by message or by the robot."""
    zone = ZoneInfo(config.centre.timezone)
    application_status = ApplicationStatusService(sequencer, store, systems, verification_service, code_word_service, federal_policy,
                                                  config.status, held=held, account=account, network=network)
    return application_status, StatusAsking(application_status, sequencer, zone)
