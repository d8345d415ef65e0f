"""Asks systems of departments, and measures how each keeps its contract; nobody waits for one that is away (IN-03, IN-04)."""

import logging
import time
from asyncio import timeout
from collections.abc import Callable, Coroutine, Mapping
from datetime import date, datetime, timedelta
from typing import TypeVar

from msgspec import Struct
from msgspec.structs import replace

from hub.conversations.ports import Store
from hub.integrations.department_handover import CallCentre, Entrusted, Reply
from hub.integrations.department_systems import (
    Applicant,
    Contract,
    Standing,
    Submission,
    Submitted,
    System,
    SystemDay,
    counted,
    first_of,
    fits,
)
from hub.kernel.background_tasks import BackgroundTasks
from hub.kernel.errors import OknoError, RefusedError, UnavailableError
from hub.kernel.patterns import Pattern

log = logging.getLogger(__name__)

SHOWN = timedelta(days=30)
NO_SYSTEM = RefusedError("no_such_system", "Такой системы нет.")
T = TypeVar("T")


class ServiceContract(Struct, frozen=True):
    """A system, and what was agreed on with it."""

    title: str
    contract: Contract
    system: System | CallCentre
    applications: Pattern | None = None
    """How the numbers of its applications look; None is any number."""
    municipal: bool = False
    """Whether its services are municipal: the state's are told of without more ado (D17)."""
    department: str = ""
    """Whose call centre it is; "" where it is none."""
    answers: timedelta = timedelta(hours=12)
    """Within so long that centre answers what was handed over to it."""


class DepartmentClients:
    """All of a hub, by key. What they raise is told in words that an operator can say; see `away`."""

    def __init__(self, systems: Mapping[str, ServiceContract], store: Store, now: Callable[[], datetime]) -> None:
        self.agreed = dict(systems)
        self._store, self._now = store, now
        self._days: dict[str, SystemDay] = {}
        self._tasks = BackgroundTasks()
        self.wrong: dict[str, str] = {}
        """Why a system did not answer the last time; what does is not here."""

    async def start(self) -> None:
        """Count on where the last run of the hub stopped today."""
        for key in self.agreed:
            first = first_of(key, self._today())
            self._days[key] = await self._store.get(SystemDay, first.key) or first

    async def state(self, key: str, number: str, applicant: Applicant) -> Standing | None:
        """How an application stands, and who says so as of when. Raises RefusedError: `no_such_system`, `system_refused`, `system_away`."""
        agreed, system = self._of(key), self._system(key)
        standing = await self._measured(key, system.state(number, applicant))
        return replace(standing, source=agreed.title) if standing else None

    def of_application(self, number: str, *, municipal: bool) -> str | None:
        """The system whose number this may be, "" where none has such numbers; None where it is one that may not be told of.

        `municipal` says that municipal services are told of as well.
        """
        for key, each in self.agreed.items():
            if isinstance(each.system, CallCentre):
                continue
            if each.applications is None or each.applications.fits(number):
                return key if municipal or not each.municipal else None
        return ""

    async def submit(self, key: str, submission: Submission) -> Submitted:
        """Hand something in and get its receipt; raises RefusedError as `state` does. Again with the same key is once."""
        agreed, system = self._of(key), self._system(key)
        return replace(await self._measured(key, system.submit(submission)), source=agreed.title)

    def taking(self) -> dict[str, str]:
        """Titles of the systems that cases can be handed in to."""
        return {key: each.title for key, each in self.agreed.items() if not isinstance(each.system, CallCentre)}

    def call_centres(self) -> dict[str, str]:
        """Of each department that has a call centre of its own, the key of that."""
        return {each.department: key for key, each in self.agreed.items() if each.department}

    async def entrust(self, key: str, matter: Entrusted) -> Reply:
        """Hand a matter to a department's call centre; raises RefusedError as `state` does. Again with the same key is once."""
        return await self._measured(key, self._call_centre(key).entrust(matter))

    async def reply(self, key: str, matter: str) -> Reply | None:
        """How a matter stands there, by its key; raises as `entrust` does."""
        return await self._measured(key, self._call_centre(key).reply(matter))

    async def take_back(self, key: str, matter: str) -> Reply | None:
        """It is to be answered there no more; raises as `entrust` does."""
        return await self._measured(key, self._call_centre(key).take_back(matter))

    async def check(self, key: str) -> str:
        """The version of the contract that the far end has; raises RefusedError("other_contract") where it is not ours."""
        agreed = self._of(key)
        version = await self._measured(key, agreed.system.version())
        if not fits(agreed.contract.version, version):
            raise RefusedError("other_contract", f"«{agreed.title}»: там договор {version}, у нас {agreed.contract.version}.")
        return version

    async def days(self, key: str) -> list[SystemDay]:
        """How it went of late, the newest day first. Raises StoreError."""
        kept = await self._store.marked(SystemDay, "system", key, since=self._now() - SHOWN, newest=True)
        today = self._day(key)
        return [today, *(each for each in kept if each.key != today.key)]

    async def close(self) -> None:
        await self._tasks.cancel()
        for each in self.agreed.values():
            await each.system.close()

    def _of(self, key: str) -> ServiceContract:
        if key not in self.agreed:
            raise NO_SYSTEM
        return self.agreed[key]

    def _system(self, key: str) -> System:
        system = self._of(key).system
        if isinstance(system, CallCentre):
            raise NO_SYSTEM
        return system

    def _call_centre(self, key: str) -> CallCentre:
        system = self._of(key).system
        if not isinstance(system, CallCentre):
            raise NO_SYSTEM
        return system

    async def _measured(self, key: str, exchange: Coroutine[None, None, T]) -> T:
        agreed, began_s = self.agreed[key], time.monotonic()
        try:
            async with timeout(agreed.contract.limit_s):
                told = await exchange
        except RefusedError:
            self._count(key, time.monotonic() - began_s)
            raise
        except (UnavailableError, TimeoutError) as error:
            self.wrong[key] = str(error) or "не ответила вовремя"
            self._count(key, None)
            raise away(agreed.title) from error
        self._count(key, time.monotonic() - began_s)
        return told

    def _count(self, key: str, took_s: float | None) -> None:
        """Whoever has asked does not wait until it is stored."""
        if took_s is not None:
            self.wrong.pop(key, None)
        day = self._days[key] = counted(self._day(key), took_s, self.agreed[key].contract)
        self._tasks.spawn(self._keep(day))

    async def _keep(self, day: SystemDay) -> None:
        try:
            await self._store.put(day)
        except OknoError as error:
            log.warning("an exchange is counted in memory alone", extra={"system": day.system, "why": str(error)})

    def _day(self, key: str) -> SystemDay:
        day = self._days.get(key)
        return day if day is not None and day.day == self._today() else first_of(key, self._today())

    def _today(self) -> date:
        return self._now().date()


def away(title: str) -> RefusedError:
    """What an operator is told, and says: the answer is brought later (ST-01)."""
    return RefusedError("system_away", f"«{title}» сейчас не отвечает. Скажите об этом и предложите перезвонить с ответом в течение суток.")
