"""How the floors of centres on other deployments stand: each tells those it is linked with what its wallboard shows (MC-01, RT-03, 0089).

A level shows those below it; whoever hands over asks how long one waits there.
Worth nothing late: told when it changes, every two seconds at most and every five at least, and never kept for a line that is down.
"""

import logging
import math
from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from hub.federation.envelope import Envelope, may_tell_of
from hub.federation.envelope_decoder import decode
from hub.federation.ports import Link
from hub.kernel.background_tasks import BackgroundTasks
from hub.kernel.errors import LinkError
from hub.kernel.signal import Signal
from hub.monitoring.wallboard import GroupNow, Wallboard

log = logging.getLogger(__name__)

KIND, VERSION = "presence.summary", 1
TOLD_S, RESTATED_S = 2.0, 5.0
"""Nothing is told more often than the first, and all of it as often as the second."""
OLD_S = 15.0
"""After three times without a word what was told is old."""


class Summary(Struct, frozen=True):
    """A centre at one moment: sums of nobody. Lengths instead of moments: clocks of two deployments may differ."""

    centre: str
    waiting: int
    waits_s: float | None
    """How long the one has waited who waits longest; null where nobody does."""
    predicted_s: int | None
    """How long whoever joins now will wait; null where nobody serves."""
    free: int
    present: int
    """At work, whatever they do."""


class RemoteQueue(Struct, frozen=True):
    """A centre on another deployment, as it was told last, by this hub's clock."""

    centre: str
    title: str
    at: datetime | None = None
    """When it was told; null where nothing was heard since this hub began."""
    old: bool = True
    """Nothing was heard for so long that it may be wrong."""
    waiting: int = 0
    oldest: datetime | None = None
    """Since when the one waits who waits longest."""
    predicted_s: int | None = None
    free: int = 0
    present: int = 0


class RemoteQueueStatus:
    """Both ends: what is told of this deployment's centres, and what others tell of theirs."""

    def __init__(self, wallboard: Wallboard, code: str, link: Link | None, now: Callable[[], datetime], *,
                 over: Callable[[str, str], bool], title: Callable[[str], str]) -> None:
        """`code` speaks for this deployment; `over` tells whether one centre stands above another."""
        self._wallboard, self._code, self._link, self._now, self._over, self._title = wallboard, code, link, now, over, title
        self._far = {each: RemoteQueue(each, "") for each in (link.centres if link else ())}
        self._told: list[RemoteQueue] = []
        self._told_at = now() - timedelta(seconds=RESTATED_S)
        self._shown: list[RemoteQueue] = []
        self._tasks = BackgroundTasks()
        self.on_change = Signal[[list[RemoteQueue]]]()
        if link is not None:
            link.on_told.subscribe(self.hear)

    def rows(self) -> list[RemoteQueue]:
        """All that stand below as they are known now, by title."""
        known = [replace(each, title=self._title(each.centre), old=self._old(each)) for each in self._far.values()
                 if self._over(self._code, each.centre)]
        return sorted(known, key=lambda each: each.title)

    def expected_s(self, centre: str) -> float | None:
        """How long whoever joins a centre now will wait; infinity where nobody serves, None where that is not known."""
        far = self._far.get(centre)
        if far is None or self._old(far):
            return None
        return math.inf if far.predicted_s is None else far.predicted_s

    def _old(self, far: RemoteQueue) -> bool:
        return far.at is None or (self._now() - far.at).total_seconds() > OLD_S

    def look(self) -> None:
        """Tell what is to be told, and show what was: a listener of the wallboard's ticks."""
        self._tell_others()
        if self._far and (rows := self.rows()) != self._shown:
            self._shown = rows
            self.on_change(rows)

    def hear(self, parcel: Envelope) -> None:
        """A listener of the link."""
        told = decode(parcel, list[Summary]) if parcel.kind == KIND else None
        now, lines = self._now(), self._link.centres if self._link else ()
        here = frozenset().union(*(group.centres for group in self._wallboard.groups.values()))
        for each in told or ():
            if may_tell_of(parcel.source, each.centre, {*here, *lines}):
                oldest = None if each.waits_s is None else now - timedelta(seconds=each.waits_s)
                self._far[each.centre] = RemoteQueue(
                    each.centre, "", now, False, each.waiting, oldest, each.predicted_s, each.free, each.present)

    async def close(self) -> None:
        await self._tasks.cancel()

    def _tell_others(self) -> None:
        now = self._now()
        since_s = (now - self._told_at).total_seconds()
        others = self._link.centres if self._link else ()
        if not others or since_s < TOLD_S:
            return
        rows = [standing(code, each) for code, each in self._wallboard.centres().items()]
        if rows != self._told or since_s >= RESTATED_S:
            self._told, self._told_at = rows, now
            data = msgspec.json.encode([summary(each, now) for each in rows])
            for centre in others:
                id_ = f"{self._code}/{KIND}/{now.isoformat()}"
                self._tasks.spawn(self._tell(Envelope(id_, KIND, self._code, centre, now, VERSION, data)))

    async def _tell(self, parcel: Envelope) -> None:
        if self._link is None:
            return
        try:
            await self._link.tell(parcel)
        except LinkError as error:
            log.warning("the floor is not told", extra={"centre": parcel.to, "why": str(error)})


def standing(code: str, row: GroupNow) -> RemoteQueue:
    """What of a centre's row is told."""
    present = row.free + row.talking + row.wrap_up + row.paused
    return RemoteQueue(code, "", None, False, row.waiting, row.oldest, row.predicted_s, row.free, present)


def summary(of: RemoteQueue, now: datetime) -> Summary:
    waits_s = None if of.oldest is None else (now - of.oldest).total_seconds()
    return Summary(of.centre, of.waiting, waits_s, of.predicted_s, of.free, of.present)
