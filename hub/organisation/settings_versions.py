"""Versions of a centre's settings: the configuration file gives the first, later ones are edited at the desk.

Refusals: a concurrent edit, a version already planned, invalid settings, no change, a line still in use.
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
    """All versions: the one in force, and at most one planned after it."""

    def __init__(self, store: Documents, now: Callable[[], datetime], first: Settings, around: DeploymentFacts) -> None:
        """`first` is from the configuration file."""
        self._store, self._now, self.first, self.around = store, now, first, around
        began = SettingsVersion(1, now(), "", now(), first)
        self.setups: dict[int, SettingsVersion] = {1: began}
        self.current = began
        self.lines = Lines(first.queues)
        """Lines of the version in force, changed in place."""
        self._timer: asyncio.TimerHandle | None = None
        self._changing = asyncio.Lock()
        self.in_use = Query[[str], Awaitable[str]](_free)
        """Why a line cannot be deleted yet, by its id; "" when it can."""
        self.on_change, self.on_transfer = Signal[[Settings, Settings]](), Signal[[]]()
        """Called with the former and the new settings when a version comes into force."""

    async def start(self) -> None:
        """Load the version in force; the first run takes the configuration file."""
        if not await self.read():
            await self._store.put(self.current)
        if self.differs:
            log.warning("configuration file differs from the settings made at the desk: the desk's settings are in force",
                        extra={"version": self.current.version, "differences": len(self.differs)})

    async def read(self) -> bool:
        """Load from the store; False where it has no settings yet."""
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
        """Differences between the configuration file and the version in force."""
        return differences(self.current.settings, self.first)

    def wind(self) -> None:
        """Start the timer for the planned version."""
        if self._timer:
            self._timer.cancel()
            self._timer = None
        if self.planned:
            wait_s = max((self.planned.since - self._now()).total_seconds(), 0)
            self._timer = asyncio.get_running_loop().call_later(min(wait_s, LONGEST_WAIT_S), self.look)

    def look(self) -> None:
        """Put a planned version into force when its time has come."""
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
        """Why the settings cannot be saved; empty where they can."""
        kept = {each.id for each in settings.queues}
        gone = [each for each in self.current.settings.queues if each.id not in kept]
        used = [SettingsFault(f"queues.{each.id}", why) for each in gone if (why := await self.in_use(each.id))]
        return faults(settings, self.around) + used

    async def settle(self, by: str, version: int, settings: Settings, *, since: datetime | None = None, why: str = "") -> SettingsVersion:
        """Save the next version, in force at once or from a later moment.

        `version` is the newest that the editor saw; a repeated request is harmless.
        """
        async with self._changing:
            if self.newest.version == version + 1 and (self.newest.by, self.newest.settings) == (by, settings):
                return self.newest
            if version != self.newest.version:
                raise RefusedError("outdated", OUTDATED)
            if self.planned:
                raise RefusedError("planned", "Изменение уже намечено: дождитесь его или отмените.")
            return await self._put(by, settings, since, why)

    async def revert(self, by: str, version: int, to: int) -> SettingsVersion:
        """Restore an earlier version at once; this also cancels the planned version."""
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
        """Take over a stored version."""
        self.setups[made.version] = made
        self.look()


async def _free(line: str) -> str:
    """Default for `in_use`: no line is in use."""
    del line
    return ""
