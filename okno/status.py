"""Builds what tells of applications that systems of the state have."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
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


async def vouching_of(config: Config, store: Store, now: Callable[[], datetime]) -> CodeWordService:
    """What keeps code words and powers."""
    zone = ZoneInfo(config.centre.timezone)
    vouching = CodeWordService(store, now, lambda: now().astimezone(zone).date())
    await vouching.start()
    return vouching


def status_of(config: Config, lanes: ConversationSequencer, store: Store, systems: DepartmentClients, verifying: VerificationService, vouching: CodeWordService,
              separation: FederalDataPolicy, held: Callable[[str], Awaitable[Sequence[str]]],
              account: Callable[[Conversation], str], network: Callable[[Address], str]) -> tuple[ApplicationStatusService, StatusAsking]:
    """Whoever asks the systems, and what citizens hear of it by a message or from the robot."""
    zone = ZoneInfo(config.centre.timezone)
    standings = ApplicationStatusService(lanes, store, systems, verifying, vouching, separation, config.status.required,
                          municipal=config.status.municipal, even_s=config.status.even_s, held=held, account=account, network=network)
    return standings, StatusAsking(standings, lanes, zone)
