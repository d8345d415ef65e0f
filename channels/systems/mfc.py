"""The reference driver of an АИС МФЦ: the slots API proposed by Okno (docs/appointments.md)."""

from collections.abc import Sequence
from datetime import datetime
from urllib.parse import quote, urlencode

import msgspec

from channels.systems.http_client import SystemClient, SystemClientSettings
from hub.appointments.appointment import Slot
from hub.appointments.external_schedule import Attended, Changes, Schedule, Specialist, Visit
from hub.kernel.errors import RefusedError, UnavailableError

MEANT = {409: RefusedError("taken", "В системе МФЦ это время уже занято. Выберите другое.")}
"""RFC 9110 §15.5.10."""


class Confirmation(msgspec.Struct, frozen=True):
    """An empty confirmation."""


class MfcSchedule:
    """hub.appointments.external_schedule.Schedule."""

    def __init__(self, caller: SystemClient) -> None:
        self._caller = caller

    async def free(self, office: str, service: str, since: datetime, until: datetime) -> Sequence[Slot]:
        asked = urlencode({"service": service, "since": since.isoformat(), "until": until.isoformat()})
        found = await self._caller.ask("GET", f"/offices/{quote(office, safe='')}/slots?{asked}", list[Slot])
        if found is None:
            raise UnavailableError("не знает этого офиса")
        return found

    async def book(self, visit: Visit) -> None:
        if await self._caller.ask("PUT", _path(visit.number), Confirmation, visit, key=visit.number, meant=MEANT) is None:
            raise UnavailableError("не знает этого офиса")

    async def cancel(self, number: str) -> None:
        await self._caller.ask("DELETE", _path(number), Confirmation)

    async def changes(self, after: str) -> Changes:
        found = await self._caller.ask("GET", f"/changes?{urlencode({'after': after})}", Changes)
        if found is None:
            raise UnavailableError("не сообщает, что стало с записями")
        return found

    async def visit(self, number: str) -> Attended | None:
        found = await self._caller.ask("GET", _path(number), Attended)
        if found is not None and found.number != number:
            raise UnavailableError("ответила о другой записи")
        return found

    async def specialists(self, office: str) -> Sequence[Specialist]:
        found = await self._caller.ask("GET", f"/offices/{quote(office, safe='')}/specialists", list[Specialist])
        if found is None:
            raise UnavailableError("не знает этого офиса")
        return found

    async def close(self) -> None:
        await self._caller.close()


def _path(number: str) -> str:
    return f"/visits/{quote(number, safe='')}"


SETTINGS = SystemClientSettings


def schedule(settings: dict[str, object], limit_s: float) -> Schedule:
    """The driver; raises msgspec.ValidationError that names a bad setting."""
    return MfcSchedule(SystemClient(msgspec.convert(settings, SystemClientSettings), limit_s))
