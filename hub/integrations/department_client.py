"""Client of departments' systems, with metrics of each contract; callers never wait for an unavailable one (IN-03, IN-04)."""

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
    """A system and its contract."""

    title: str
    contract: Contract
    system: System | CallCentre
    applications: Pattern | None = None
    """Pattern of its application numbers; None is any number."""
    municipal: bool = False
    """Whether its services are municipal: state ones may be disclosed without further conditions (D17)."""
    department: str = ""
    """The department of this call centre; "" where it is none."""
    answers: timedelta = timedelta(hours=12)
    """Time for the answer to a handed-over matter."""


class DepartmentClients:
    """All systems of a hub by key. The texts of their errors are for operators; see `away`."""

    def __init__(self, systems: Mapping[str, ServiceContract], store: Store, now: Callable[[], datetime]) -> None:
        self.agreed = dict(systems)
        self._store, self._now = store, now
        self._days: dict[str, SystemDay] = {}
        self._tasks = BackgroundTasks()
        self.wrong: dict[str, str] = {}
        """Last error of a system; working ones are not listed."""

    async def start(self) -> None:
        """Load today's counts of the last run."""
        for key in self.agreed:
            first = first_of(key, self._today())
            self._days[key] = await self._store.get(SystemDay, first.key) or first

    async def state(self, key: str, number: str, applicant: Applicant) -> Standing | None:
        """Status of an application with source and time. Raises RefusedError: `no_such_system`, `system_refused`, `system_away`."""
        agreed, system = self._of(key), self._system(key)
        standing = await self._measured(key, system.state(number, applicant))
        return replace(standing, source=agreed.title) if standing else None

    def of_application(self, number: str, *, municipal: bool) -> str | None:
        """The system of a number, "" where none matches; None where it may not be disclosed.

        `municipal` includes municipal services.
        """
        for key, each in self.agreed.items():
            if isinstance(each.system, CallCentre):
                continue
            if each.applications is None or each.applications.fits(number):
                return key if municipal or not each.municipal else None
        return ""

    async def submit(self, key: str, submission: Submission) -> Submitted:
        """Submit and return the receipt; raises RefusedError as `state` does. Idempotent by key."""
        agreed, system = self._of(key), self._system(key)
        return replace(await self._measured(key, system.submit(submission)), source=agreed.title)

    def taking(self) -> dict[str, str]:
        """Titles of the systems that accept cases."""
        return {key: each.title for key, each in self.agreed.items() if not isinstance(each.system, CallCentre)}

    def call_centres(self) -> dict[str, str]:
        """Departments with their own call centre, and its key."""
        return {each.department: key for key, each in self.agreed.items() if each.department}

    async def entrust(self, key: str, matter: Entrusted) -> Reply:
        """Hand a matter to a department's call centre; raises RefusedError as `state` does. Idempotent by key."""
        return await self._measured(key, self._call_centre(key).entrust(matter))

    async def reply(self, key: str, matter: str) -> Reply | None:
        """State of a matter there by key; raises as `entrust` does."""
        return await self._measured(key, self._call_centre(key).reply(matter))

    async def take_back(self, key: str, matter: str) -> Reply | None:
        """Withdraw a matter there; raises as `entrust` does."""
        return await self._measured(key, self._call_centre(key).take_back(matter))

    async def check(self, key: str) -> str:
        """The server's contract version; raises RefusedError("other_contract") for an incompatible one."""
        agreed = self._of(key)
        version = await self._measured(key, agreed.system.version())
        if not fits(agreed.contract.version, version):
            raise RefusedError("other_contract", f"«{agreed.title}»: там договор {version}, у нас {agreed.contract.version}.")
        return version

    async def days(self, key: str) -> list[SystemDay]:
        """Daily metrics, newest first. Raises StoreError."""
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
        """Stored in the background: the caller does not wait."""
        if took_s is not None:
            self.wrong.pop(key, None)
        day = self._days[key] = counted(self._day(key), took_s, self.agreed[key].contract)
        self._tasks.spawn(self._keep(day))

    async def _keep(self, day: SystemDay) -> None:
        try:
            await self._store.put(day)
        except OknoError as error:
            log.warning("store unavailable: statistics of a department's system are kept in memory",
                        extra={"system": day.system, "why": str(error)})

    def _day(self, key: str) -> SystemDay:
        day = self._days.get(key)
        return day if day is not None and day.day == self._today() else first_of(key, self._today())

    def _today(self) -> date:
        return self._now().date()


def away(title: str) -> RefusedError:
    """The text for the operator: the answer is brought later (ST-01)."""
    return RefusedError("system_away", f"«{title}» сейчас не отвечает. Скажите об этом и предложите перезвонить с ответом в течение суток.")
