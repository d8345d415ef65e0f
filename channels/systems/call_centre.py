"""The reference driver of a department's call centre: the hand-over API proposed by Okno (docs/systems.md)."""

from urllib.parse import quote

import msgspec

from channels.systems.department import ContractReply
from channels.systems.http_client import SystemClient, SystemClientSettings
from hub.integrations.department_handover import CallCentre, Entrusted, Reply
from hub.integrations.department_systems import Contract
from hub.kernel.errors import UnavailableError
from hub.kernel.trace_context import traceparent


class DepartmentCallCentre:
    """hub.integrations.department_handover.CallCentre."""

    def __init__(self, caller: SystemClient) -> None:
        self._caller = caller

    async def entrust(self, matter: Entrusted) -> Reply:
        reply = await self._caller.ask("PUT", _path(matter.key), Reply, matter, key=matter.key, trace=traceparent(matter.number))
        if reply is None:
            raise UnavailableError("не принимает вопросов")
        return reply

    async def reply(self, key: str) -> Reply | None:
        return await self._caller.ask("GET", _path(key), Reply)

    async def take_back(self, key: str) -> Reply | None:
        return await self._caller.ask("DELETE", _path(key), Reply)

    async def version(self) -> str:
        told = await self._caller.ask("GET", "/contract", ContractReply)
        if told is None:
            raise UnavailableError("не называет своего договора")
        return told.version

    async def close(self) -> None:
        await self._caller.close()


def _path(key: str) -> str:
    return f"/handovers/{quote(key, safe='')}"


SETTINGS = SystemClientSettings


def connect(settings: dict[str, object], contract: Contract) -> CallCentre:
    """The driver; raises msgspec.ValidationError that names a bad setting."""
    return DepartmentCallCentre(SystemClient(msgspec.convert(settings, SystemClientSettings), contract.limit_s))
