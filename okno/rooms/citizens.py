"""The citizen: linked addresses, proofs of identity, the status of applications at departments."""

from contextlib import AbstractAsyncContextManager
from importlib import import_module
from typing import NamedTuple

from hub.access.federal_separation import FederalDataPolicy
from hub.citizens.address_linking import AddressLinking
from hub.citizens.citizen_data import CitizenData
from hub.citizens.esia_verification import EsiaVerification
from hub.citizens.name_index import NameIndex
from hub.citizens.ports import CitizenAccounts
from hub.citizens.verification import VerificationService
from hub.integrations.application_status_by_message import StatusAsking
from hub.integrations.application_status_service import ApplicationStatusService
from hub.integrations.department_client import DepartmentClients
from okno.rooms.base import Base, Organisation, close_later
from okno.rooms.conversations import Conversations
from okno.rooms.dispatch import Acting
from okno.status import status_of
from okno.systems import systems_of


class Citizens(NamedTuple):
    """Linked addresses and proofs of identity of a citizen."""

    linking: AddressLinking
    citizen_data: CitizenData
    name_index: NameIndex
    esia: EsiaVerification | None
    application_status: ApplicationStatusService
    status_asking: StatusAsking
    systems: DepartmentClients


async def set_up_citizens(base: Base, organisation: Organisation, conversations: Conversations, acting: Acting) -> Citizens:
    """Raises ConfigError, StoreError."""
    federal_policy, verification = organisation.centres.federal_policy, conversations.verification_service
    linking = AddressLinking(base.sequencer, acting.actions, base.store, federal_policy, verification, base.doors.carriers,
                             base.opener.reach)
    close_later(base.stack, linking)
    esia = await citizens_accounts(base, federal_policy, verification, linking)
    systems = systems_of(base.config, base.store, base.now)
    close_later(base.stack, systems)
    application_status, status_asking = status_of(
        base.config, base.sequencer, base.store, systems, verification, conversations.code_word_service, federal_policy, linking.held,
        lambda head: esia.subject(head) if esia else "", conversations.intake_filter.network)
    base.sequencer.on_commit.react.subscribe(linking.committed)
    name_index = NameIndex(base.store)
    close_later(base.stack, name_index)
    base.sequencer.on_commit.react.subscribe(name_index.committed)
    citizen_data = CitizenData(base.sequencer, base.store, acting.actions, linking, organisation.settings_versions)
    return Citizens(linking, citizen_data, name_index, esia, application_status, status_asking, systems)


async def citizens_accounts(base: Base, federal_policy: FederalDataPolicy, verification_service: VerificationService,
                            linking: AddressLinking) -> EsiaVerification | None:
    """None where ESIA is not configured. Its libraries are an optional dependency."""
    if not base.config.esia.address:
        return None
    made: AbstractAsyncContextManager[CitizenAccounts] = import_module("okno.adapters.esia").connected(base.config.esia)
    esia = EsiaVerification(base.sequencer, base.store, federal_policy, verification_service, linking,
                            await base.stack.enter_async_context(made), secure=base.config.esia.origin.startswith("https:"))
    await esia.start()
    return esia
