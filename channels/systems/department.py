"""The reference driver of a department's system: the API proposed by Okno (docs/systems.md). СМЭВ would be another file."""

from urllib.parse import quote

import msgspec

from channels.systems.http_client import SystemClient, SystemClientSettings
from hub.integrations.department_systems import Applicant, Contract, Standing, Submission, Submitted, System
from hub.kernel.errors import UnavailableError


class StatusQuery(msgspec.Struct, frozen=True):
    """Sent in a body instead of the URL: URLs are logged, and this is personal data."""

    number: str
    applicant: Applicant


class ContractReply(msgspec.Struct, frozen=True):
    version: str


class Department:
    """hub.integrations.department_systems.System."""

    def __init__(self, caller: SystemClient) -> None:
        self._caller = caller

    async def state(self, number: str, applicant: Applicant) -> Standing | None:
        standing = await self._caller.ask("POST", "/applications/state", Standing, StatusQuery(number, applicant))
        if standing is not None and standing.number != number:
            raise UnavailableError("ответила о другом заявлении")
        return standing

    async def submit(self, submission: Submission) -> Submitted:
        path = f"/submissions/{quote(submission.key, safe='')}"
        submitted = await self._caller.ask("PUT", path, Submitted, submission, key=submission.key)
        if submitted is None:
            raise UnavailableError("не принимает обращения")
        return submitted

    async def version(self) -> str:
        told = await self._caller.ask("GET", "/contract", ContractReply)
        if told is None:
            raise UnavailableError("не называет своего договора")
        return told.version

    async def close(self) -> None:
        await self._caller.close()


SETTINGS = SystemClientSettings


def connect(settings: dict[str, object], contract: Contract) -> System:
    """The driver; raises msgspec.ValidationError that names a bad setting."""
    return Department(SystemClient(msgspec.convert(settings, SystemClientSettings), contract.limit_s))
