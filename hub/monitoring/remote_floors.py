"""Floors of centres on other deployments: linked centres exchange the totals of their wallboards (MC-01, RT-03, 0089).

A level shows its subordinates; hand-overs use the expected waits. Late data is worthless: it is sent on changes, at least two and at
most five seconds apart, and never queued for a link that is down.
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
"""Shortest and longest time between updates."""
OLD_S = 15.0
"""Data is marked as old after three missing updates."""


class Summary(Struct, frozen=True):
    """Totals of a centre without persons. Durations instead of times: the clocks of two deployments may differ."""

    centre: str
    waiting: int
    waits_s: float | None
    """The longest current wait; null where nobody waits."""
    predicted_s: int | None
    """The wait of a new citizen; null where nobody serves."""
    free: int
    present: int
    """Operators signed in."""


class RemoteQueue(Struct, frozen=True):
    """A centre on another deployment, as last reported, by this hub's clock."""

    centre: str
    title: str
    at: datetime | None = None
    """Time of the report; null where there was none since the start."""
    old: bool = True
    """Too old to be reliable."""
    waiting: int = 0
    oldest: datetime | None = None
    """Beginning of the longest current wait."""
    predicted_s: int | None = None
    free: int = 0
    present: int = 0


class RemoteQueueStatus:
    """Both ends: sending the totals of this deployment, and receiving others."""

    def __init__(self, wallboard: Wallboard, code: str, link: Link | None, now: Callable[[], datetime], *,
                 over: Callable[[str, str], bool], title: Callable[[str], str]) -> None:
        """`code` identifies this deployment; `over` tells whether a centre is superior to another."""
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
        """All subordinate centres by title."""
        known = [replace(each, title=self._title(each.centre), old=self._old(each)) for each in self._far.values()
                 if self._over(self._code, each.centre)]
        return sorted(known, key=lambda each: each.title)

    def expected_s(self, centre: str) -> float | None:
        """The wait of a new citizen at a centre; infinity where nobody serves, None where it is unknown."""
        far = self._far.get(centre)
        if far is None or self._old(far):
            return None
        return math.inf if far.predicted_s is None else far.predicted_s

    def _old(self, far: RemoteQueue) -> bool:
        return far.at is None or (self._now() - far.at).total_seconds() > OLD_S

    def look(self) -> None:
        """Listener of the wallboard's tick: send and show updates."""
        self._tell_others()
        if self._far and (rows := self.rows()) != self._shown:
            self._shown = rows
            self.on_change(rows)

    def hear(self, parcel: Envelope) -> None:
        """Listener of the link."""
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
            log.warning("queue status not sent to a remote centre: sent with the next update",
                        extra={"centre": parcel.to, "why": str(error)})


def standing(code: str, row: GroupNow) -> RemoteQueue:
    """The sent part of a centre's row."""
    present = row.free + row.talking + row.wrap_up + row.paused
    return RemoteQueue(code, "", None, False, row.waiting, row.oldest, row.predicted_s, row.free, present)


def summary(of: RemoteQueue, now: datetime) -> Summary:
    waits_s = None if of.oldest is None else (now - of.oldest).total_seconds()
    return Summary(of.centre, of.waiting, waits_s, of.predicted_s, of.free, of.present)
