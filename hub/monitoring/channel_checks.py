"""Runs channel checks: one at a time for a channel, rate limited, audited."""

import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from msgspec.structs import replace

from hub.access.operator import Operator
from hub.conversations.ports import Channel, Store
from hub.kernel.audit_entry import AuditEntry
from hub.kernel.background_tasks import BackgroundTasks
from hub.kernel.errors import RefusedError
from hub.kernel.signal import Signal
from hub.monitoring.channel_check import ChannelCheck, CheckedBy, CheckFinding, CheckResult, tried
from hub.monitoring.ports import CheckableChannel

log = logging.getLogger(__name__)

PAUSE = timedelta(seconds=30)
"""Pause between two checks of a channel: servers block clients that connect too often."""
BROKEN = CheckFinding(CheckResult.BAD, "проверка прервалась: ошибка самого узла", "она записана в его журнале (docs/logs.md)")


class ChannelChecks:
    """The last check of each channel since the start; `on_change` is called after each step."""

    def __init__(self, channels: Mapping[str, Channel], store: Store, now: Callable[[], datetime]) -> None:
        self._channels, self._store, self._now = channels, store, now
        self._channel_checks: dict[str, ChannelCheck] = {}
        self._free: dict[str, datetime] = {}
        self._tasks = BackgroundTasks()
        self.on_change = Signal[[]]()

    def offers(self, channel: str) -> bool:
        return isinstance(self._channels.get(channel), CheckableChannel)

    def of(self, channel: str) -> ChannelCheck | None:
        return self._channel_checks.get(channel)

    async def begin(self, who: Operator, name: str) -> None:
        """Start in the background; raises RefusedError."""
        channel, now, last = self._channels.get(name), self._now(), self._channel_checks.get(name)
        if channel is None:
            raise RefusedError("unknown_channel", "Такого канала нет.")
        if not isinstance(channel, CheckableChannel):
            raise RefusedError("not_triable", "У этого канала нет дальнего конца: проверять нечего.")
        if last is not None and last.step:
            raise RefusedError("busy", "Этот канал уже проверяют: подождите, чем кончится.")
        if (wait := self._free.get(name, now) - now) > timedelta(0):
            seconds = int(wait.total_seconds()) + 1
            raise RefusedError("too_fast", f"Этот канал только что проверяли: снова можно через {seconds} с.", seconds)
        self._put(name, ChannelCheck(who.name, now, "…"))
        await self._store.note(AuditEntry(now, who.login, "channel_tried", name))
        self._tasks.spawn(self._run(name, channel))

    async def close(self) -> None:
        await self._tasks.cancel()

    async def _run(self, name: str, channel: CheckableChannel) -> None:
        try:
            async for line in tried(channel.trial()):
                trial = self._channel_checks[name]
                self._put(name, replace(trial, step=line.what) if isinstance(line, CheckedBy) else _with(trial, line))
        except Exception:  # a driver's bug must not leave a check that never ends
            log.exception("unexpected error in a channel check: reported as failed", extra={"channel": name})
            self._put(name, _with(self._channel_checks[name], BROKEN))
        finally:
            self._free[name] = self._now() + PAUSE
            self._put(name, replace(self._channel_checks[name], step=""))

    def _put(self, name: str, trial: ChannelCheck) -> None:
        self._channel_checks[name] = trial
        self.on_change()


def _with(trial: ChannelCheck, finding: CheckFinding) -> ChannelCheck:
    return replace(trial, findings=(*trial.findings, finding))
