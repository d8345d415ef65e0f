"""How citizens prove who they are at ЕСИА."""

from contextlib import AbstractAsyncContextManager
from importlib import import_module

from hub.access.federal_separation import FederalDataPolicy
from hub.citizens.address_linking import AddressLinking
from hub.citizens.esia_verification import EsiaVerification
from hub.citizens.ports import CitizenAccounts
from hub.citizens.verification import VerificationService
from okno.rooms.base import Base


async def citizens_accounts(base: Base, federal_policy: FederalDataPolicy, verification_service: VerificationService,
                            linking: AddressLinking) -> EsiaVerification | None:
    """None where they cannot. Its libraries are for whoever has it."""
    if not base.config.esia.address:
        return None
    made: AbstractAsyncContextManager[CitizenAccounts] = import_module("okno.adapters.esia").connected(base.config.esia)
    esia = EsiaVerification(base.sequencer, base.store, federal_policy, verification_service, linking,
                            await base.stack.enter_async_context(made), secure=base.config.esia.origin.startswith("https:"))
    await esia.start()
    return esia
