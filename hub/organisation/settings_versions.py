"""The settings of a centre as they are in force: the configuration file fills them once, and then they are edited at the desk.

Refusals: somebody has settled something meanwhile, something is planned, it cannot be, nothing changes, a line is still in use.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime

from hub.kernel.audit_entry import AuditEntry
from hub.kernel.deadline_queue import LONGEST_WAIT_S
from hub.kernel.errors import ConflictError, RefusedError
from hub.kernel.ports import Documents
from hub.kernel.signal import Query, Signal
from hub.organisation.queue import Lines
from hub.organisation.settings import DeploymentFacts, Settings, SettingsFault, SettingsVersion, differences, faults, in_force

log = logging.getLogger(__name__)

OUTDATED = "Настройки уже изменил другой администратор: посмотрите новые и повторите."


class SettingsVersions:
    """Versions, the newest one in force, and what is planned after it: one at most."""

    def __init__(self, store: Documents, now: Callable[[], datetime], first: Settings, around: DeploymentFacts) -> None:
        """`first` is what the file says."""
        self._store, self._now, self.first, self.around = store, now, first, around
        began = SettingsVersion(1, now(), "", now(), first)
        self.setups: dict[int, SettingsVersion] = {1: began}
        self.current = began
        self.lines = Lines(first.queues)
        """Those of the settings in force, changed in place."""
        self._timer: asyncio.TimerHandle | None = None
        self._changing = asyncio.Lock()
        self.in_use = Query[[str], Awaitable[str]](_free)
        """Why a line cannot be deleted yet, by its id; "" when it can."""
        self.on_change, self.on_transfer = Signal[[Settings, Settings]](), Signal[[]]()
        """Told what was in force and what is, at once when it is."""

    async def start(self) -> None:
        """What holds now; the first run takes what the file says."""
        if not await self.read():
            await self._store.put(self.current)
        if self.differs:
            log.warning("settings of the centre are those of the desk, and the configuration file says otherwise",
                        extra={"version": self.current.version, "differences": len(self.differs)})

    async def read(self) -> bool:
        """What holds by the store; False where it has no settings yet."""
        known = await self._store.all(SettingsVersion)
        if known:
            self.setups = {each.version: each for each in known}
            self.current = in_force(self.setups, self._now()) or self.current
            self.lines.change(self.current.settings.queues)
        return bool(known)

    @property
    def newest(self) -> SettingsVersion:
        return self.setups[max(self.setups)]

    @property
    def planned(self) -> SettingsVersion | None:
        return self.newest if self.newest.version > self.current.version else None

    @property
    def differs(self) -> list[str]:
        """What the file says otherwise than what is in force."""
        return differences(self.current.settings, self.first)

    def wind(self) -> None:
        """From now on what is planned comes into force by itself."""
        if self._timer:
            self._timer.cancel()
            self._timer = None
        if self.planned:
            wait_s = max((self.planned.since - self._now()).total_seconds(), 0)
            self._timer = asyncio.get_running_loop().call_later(min(wait_s, LONGEST_WAIT_S), self.look)

    def look(self) -> None:
        """Let come into force what has begun."""
        found = in_force(self.setups, self._now())
        if found is not None and found is not self.current:
            before, self.current = self.current, found
            self.lines.change(found.settings.queues)
            self.on_change(before.settings, found.settings)
        self.wind()

    def close(self) -> None:
        if self._timer:
            self._timer.cancel()

    async def faults(self, settings: Settings) -> list[SettingsFault]:
        """Why they cannot be settled; empty where they can."""
        kept = {each.id for each in settings.queues}
        gone = [each for each in self.current.settings.queues if each.id not in kept]
        used = [SettingsFault(f"queues.{each.id}", why) for each in gone if (why := await self.in_use(each.id))]
        return faults(settings, self.around) + used

    async def settle(self, by: str, version: int, settings: Settings, *, since: datetime | None = None, why: str = "") -> SettingsVersion:
        """The next version, in force at once or from a moment to come. `version` is the newest that was seen, and twice is once."""
        async with self._changing:
            if self.newest.version == version + 1 and (self.newest.by, self.newest.settings) == (by, settings):
                return self.newest
            if version != self.newest.version:
                raise RefusedError("outdated", OUTDATED)
            if self.planned:
                raise RefusedError("planned", "Изменение уже намечено: дождитесь его или отмените.")
            return await self._put(by, settings, since, why)

    async def revert(self, by: str, version: int, to: int) -> SettingsVersion:
        """Settle at once what an earlier version says; that is also how what is planned is called off."""
        async with self._changing:
            if version != self.newest.version:
                raise RefusedError("outdated", OUTDATED)
            if to not in self.setups or to == version:
                raise RefusedError("no_such_version", "Такой прежней версии нет.")
            return await self._put(by, self.setups[to].settings, None, f"Возврат к версии {to}")

    async def _put(self, by: str, settings: Settings, since: datetime | None, why: str) -> SettingsVersion:
        now = self._now()
        if found := await self.faults(settings):
            raise RefusedError("bad_settings", found[0].text)
        changes = differences(self.current.settings, settings)
        if not changes and not self.planned:
            raise RefusedError("nothing_new", "Ничего не меняется.")
        made = SettingsVersion(self.newest.version + 1, now, by, max(since or now, now), settings, why)
        try:
            await self._store.exchange((), (), AuditEntry(now, by, "settings", str(made.version), " ".join(changes)[:2000]), new=(made,))
        except ConflictError:
            raise RefusedError("outdated", OUTDATED) from None
        self.adopt(made)
        return made

    def adopt(self, made: SettingsVersion) -> None:
        """A version was stored."""
        self.setups[made.version] = made
        self.look()


async def _free(line: str) -> str:
    """Where nobody uses lines."""
    del line
    return ""
