"""Channels that are set up at the desk, beside those of the configuration file: saved, checked, switched on and off.

A channel of the file is read-only here. Refusals: a concurrent edit, a channel of the file, faults, a channel that is being checked.
"""

import asyncio
import json
import logging
import secrets
from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from hub.access.operator import Operator
from hub.conversations.ports import Store
from hub.kernel.audit_entry import AuditEntry
from hub.kernel.background_tasks import BackgroundTasks
from hub.kernel.errors import ConflictError, OknoError, RefusedError
from hub.kernel.ports import Keys
from hub.kernel.signal import Signal
from hub.monitoring.channel_check import ChannelCheck, CheckedBy, CheckFinding, CheckResult, tried
from hub.monitoring.channel_configuration import ChannelConfiguration, ChannelSecret, bound_to, key_of, opened, sealed
from hub.monitoring.channel_form import ChannelFault, ChannelField, with_secrets
from hub.monitoring.handed_secrets import HandedSecrets
from hub.monitoring.ports import ChannelDrivers, ChannelKind, ChannelSwitch

log = logging.getLogger(__name__)

LONGEST_S = 90.0
"""A whole check."""
OWN_BYTES = 32
LONGEST_SECRET = 20_000
OUTDATED = "Канал уже изменил другой администратор: посмотрите новое и повторите."
AGAIN = "Введите заново: сервер или имя для входа изменились, а прежнее узел отправляет только прежнему серверу."


class SetupParts(Struct, frozen=True):
    """What the service works with: `file` are drivers of the configuration file, `centre` is the centre's code."""

    drivers: ChannelDrivers
    switch: ChannelSwitch
    keys: Keys | None
    centre: str
    file: Collection[str]


class _Drafted(Struct):
    """Settings with ids in place of secrets, the secrets that are new, and those that are kept."""

    values: dict[str, Any]
    new: dict[str, ChannelSecret]
    kept: set[str]
    faults: list[ChannelFault]


class ChannelSetups:
    """The newest configuration of each driver, its history, and its last check."""

    def __init__(self, store: Store, now: Callable[[], datetime], parts: SetupParts) -> None:
        self._store, self._now, self._parts = store, now, parts
        self.versions: dict[str, list[ChannelConfiguration]] = {}
        self.secrets: dict[str, ChannelSecret] = {}
        self.trials: dict[str, ChannelCheck] = {}
        self.problems: dict[str, str] = {}
        """Why a channel that should be on is not, by its driver."""
        self._handed: dict[str, HandedSecrets] = {}
        self._changing, self._tasks = asyncio.Lock(), BackgroundTasks()
        self.on_change = Signal[[]]()

    async def kinds(self) -> Mapping[str, ChannelKind]:
        """Raises OknoError."""
        return await self._parts.drivers.kinds()

    @property
    def encrypted(self) -> bool:
        return self._parts.keys is not None

    def from_file(self, driver: str) -> bool:
        return driver in self._parts.file

    def waiting(self, driver: str) -> int:
        return self._parts.switch.waiting(driver)

    def newest(self, driver: str) -> ChannelConfiguration | None:
        return self.versions[driver][-1] if driver in self.versions else None

    async def start(self) -> None:
        """Load, and switch on what was on. A channel that cannot start stops nothing else."""
        for each in sorted(await self._store.all(ChannelConfiguration), key=lambda one: one.key):
            self.versions.setdefault(each.driver, []).append(each)
        self.secrets = {each.id: each for each in await self._store.all(ChannelSecret)}
        for driver, versions in self.versions.items():
            if self.from_file(driver) or driver not in self._parts.drivers.names:
                continue
            if versions[-1].carries:
                self._parts.switch.reserve(driver)
            if versions[-1].enabled:
                await self._begin(versions[-1])

    async def close(self) -> None:
        await self._tasks.cancel()
        for each in self._handed.values():
            each.close()

    async def save(self, who: Operator, driver: str, version: int, values: dict[str, Any]) -> list[ChannelFault]:
        """Save the next version; returns its faults, with which nothing is saved. A running channel starts again with it."""
        async with self._changing:
            before = self._current(driver, version)
            drafted = await self._drafted(who, driver, values, before)
            if found := drafted.faults or await self._faults(driver, drafted):
                return found
            now = self._now()
            told = json.dumps(drafted.values, ensure_ascii=False)
            made = ChannelConfiguration(key_of(driver, version + 1), driver, version + 1, now, who.login, told,
                                        *((before.enabled, before.carries) if before else ()))
            new = [await asyncio.to_thread(sealed, self._parts.keys, self._parts.centre, each) for each in drafted.new.values()]
            gone = [each for each in self.secrets.values() if each.driver == driver and each.id not in drafted.kept]
            await self._exchange(AuditEntry(now, who.login, "channel_saved", driver, f"version {made.version}"), [made, *new], gone)
            for each in gone:
                del self.secrets[each.id]
            self.secrets |= {each.id: each for each in new}
            self.versions.setdefault(driver, []).append(made)
            if made.enabled:
                await self._end(driver)
                await self._begin(made)
            return []

    async def switch(self, who: Operator, driver: str, version: int, *, on: bool) -> None:
        """Start or stop it now, and after a restart; raises RefusedError with what does not work."""
        async with self._changing:
            before = self._current(driver, version)
            if before is None:
                raise RefusedError("no_such_setup", "Канал ещё не настроен: сохраните его настройки.")
            if before.enabled == on and driver not in self.problems:
                return
            if on:
                found = await self._faults(driver, _Drafted(before.values, {}, set(), []))
                if found:
                    raise RefusedError("bad_settings", found[0].text)
            now, change = self._now(), "on" if on else "off"
            made = replace(before, key=key_of(driver, version + 1), version=version + 1, at=now, by=who.login, enabled=on, change=change)
            if on:
                made = replace(made, carries=await self._begin(made) or before.carries)
                if driver in self.problems:
                    raise RefusedError("bad_settings", self.problems.pop(driver))
            try:
                await self._exchange(AuditEntry(now, who.login, "channel_on" if on else "channel_off", driver), [made], [])
            except OknoError:
                if on:
                    await self._end(driver)
                raise
            self.versions[driver].append(made)
            if not on:
                await self._end(driver)
                self.problems.pop(driver, None)

    async def check(self, who: Operator, driver: str, version: int, values: dict[str, Any]) -> list[ChannelFault]:
        """Start a check of what is typed, saved or not, in the background; returns its faults, with which nothing is tried."""
        before = self._current(driver, version)
        if (last := self.trials.get(driver)) is not None and last.step:
            raise RefusedError("busy", "Этот канал уже проверяют: подождите, чем кончится.")
        drafted = await self._drafted(who, driver, values, before)
        if found := drafted.faults or await self._faults(driver, drafted):
            return found
        await self._store.note(AuditEntry(self._now(), who.login, "channel_tried", driver))
        self._put(driver, ChannelCheck(who.name, self._now(), "…"))
        self._tasks.spawn(self._try(driver, drafted))
        return []

    async def _try(self, driver: str, drafted: _Drafted) -> None:
        handed = HandedSecrets()
        try:
            settings = await self._handed_over(driver, drafted.values, drafted.new, handed)
            async with asyncio.timeout(LONGEST_S), self._parts.drivers.trial(driver, settings) as steps:
                async for line in tried(steps):
                    trial = self.trials[driver]
                    self._put(driver, replace(trial, step=line.what) if isinstance(line, CheckedBy) else _with(trial, line))
        except TimeoutError:
            self._put(driver, _with(self.trials[driver], CheckFinding(
                CheckResult.BAD, f"проверка не закончилась за {LONGEST_S:.0f} с", "проверьте адреса серверов и доступ к ним из сети узла")))
        except OknoError as error:
            self._put(driver, _with(self.trials[driver], CheckFinding(CheckResult.BAD, str(error))))
        except Exception:  # a driver's bug must not leave a check that never ends
            log.exception("unexpected error in a check of a channel's settings", extra={"channel": driver})
            self._put(driver, _with(self.trials[driver], CheckFinding(
                CheckResult.BAD, "проверка прервалась: ошибка самого узла", "она записана в его журнале (docs/logs.md)")))
        finally:
            handed.close()
            self._put(driver, replace(self.trials[driver], step=""))

    def _current(self, driver: str, version: int) -> ChannelConfiguration | None:
        if driver not in self._parts.drivers.names:
            raise RefusedError("unknown_channel", "Такого канала нет.")
        if self.from_file(driver):
            raise RefusedError("from_file", "Этот канал настроен в файле узла: здесь его можно только посмотреть.")
        before = self.newest(driver)
        if version != (before.version if before else 0):
            raise RefusedError("outdated", OUTDATED)
        return before

    async def _drafted(self, who: Operator, driver: str, values: dict[str, Any], before: ChannelConfiguration | None) -> _Drafted:
        fields = await self._parts.drivers.fields(driver)
        drafted = _Drafted({}, {}, set(), [])

        def taken(field: ChannelField, told: Any, around: Mapping[str, Any], place: str) -> str | None:  # noqa: ANN401 - whatever was sent
            bound = bound_to(around)
            if isinstance(told, dict) and isinstance(text := told.get("put"), str) and text.strip():
                if len(text) > LONGEST_SECRET:
                    drafted.faults.append(ChannelFault(place, "Слишком длинно."))
                    return None
                return self._new(drafted, who, driver, bound, text.strip())
            held = self.secrets.get(str(told.get("kept", ""))) if isinstance(told, dict) else None
            if held is None or held.driver != driver:
                return None
            if held.bound != bound and not field.own:
                drafted.faults.append(ChannelFault(place, AGAIN))
                return None
            drafted.kept.add(held.id)
            return held.id

        drafted.values = with_secrets(fields, values, taken)
        own = before.values if before else {}
        for each in fields:
            if each.own and each.name not in drafted.values:
                if (kept := own.get(each.name)) in self.secrets:
                    drafted.values[each.name] = kept
                    drafted.kept.add(str(kept))
                else:
                    drafted.values[each.name] = self._new(drafted, who, driver, "", secrets.token_hex(OWN_BYTES))
        return drafted

    def _new(self, drafted: _Drafted, who: Operator, driver: str, bound: str, text: str) -> str:
        id_ = secrets.token_hex(12)
        drafted.new[id_] = ChannelSecret(id_, driver, self._now(), who.login, bound, "", b"", text.encode())
        drafted.kept.add(id_)
        return id_

    async def _faults(self, driver: str, drafted: _Drafted) -> list[ChannelFault]:
        handed = HandedSecrets()
        try:
            return await self._parts.drivers.faults(driver, await self._handed_over(driver, drafted.values, drafted.new, handed))
        finally:
            handed.close()

    async def _handed_over(self, driver: str, values: dict[str, Any], new: Mapping[str, ChannelSecret],
                           handed: HandedSecrets) -> dict[str, Any]:
        """The settings as the driver reads them. Raises SealedError."""
        plain = dict[str, bytes]()
        for id_, each in {**self.secrets, **new}.items():
            if each.driver == driver:
                plain[id_] = await asyncio.to_thread(opened, self._parts.keys, self._parts.centre, each)

        def given(_: ChannelField, id_: Any, *__: object) -> str | None:  # noqa: ANN401 - stored by save()
            return handed.path(plain[id_]) if id_ in plain else None
        return with_secrets(await self._parts.drivers.fields(driver), values, given)

    async def _begin(self, made: ChannelConfiguration) -> bool:
        """Whether it keeps messages until they are carried."""
        self.problems.pop(made.driver, None)
        handed = HandedSecrets()
        try:
            carries = self._parts.switch.on(made.driver, await self._handed_over(made.driver, made.values, {}, handed))
        except OknoError as error:
            handed.close()
            log.warning("channel of the desk does not start", extra={"channel": made.driver, "why": str(error)})
            self.problems[made.driver] = str(error)
            return False
        self._handed[made.driver] = handed
        return carries

    async def _end(self, driver: str) -> None:
        await self._parts.switch.off(driver)
        if (handed := self._handed.pop(driver, None)) is not None:
            handed.close()

    async def _exchange(self, entry: AuditEntry, new: list[Any], gone: list[ChannelSecret]) -> None:
        try:
            await self._store.exchange((), gone, entry, new=new)
        except ConflictError:
            raise RefusedError("outdated", OUTDATED) from None

    def _put(self, driver: str, trial: ChannelCheck) -> None:
        self.trials[driver] = trial
        self.on_change()


def _with(trial: ChannelCheck, finding: CheckFinding) -> ChannelCheck:
    return replace(trial, findings=(*trial.findings, finding))

