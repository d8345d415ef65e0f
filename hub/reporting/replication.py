"""Replication of daily figures to the centres that add them up, over the link between deployments (FD-06).

No state of sending is kept: the last days are sent after each midnight and each start, and a receiver ignores known and older
reports.
"""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import msgspec

from hub.conversations.ports import Store
from hub.federation.envelope import Envelope, may_tell_of
from hub.federation.envelope_decoder import decode
from hub.federation.ports import Link
from hub.kernel.background_tasks import BackgroundTasks
from hub.kernel.deadline_queue import DeadlineQueue
from hub.kernel.errors import LinkError, OknoError
from hub.reporting.centre_reports import Reporting
from hub.reporting.national import Report, key_of

log = logging.getLogger(__name__)

KIND, VERSION = "statistics.day", 1
RESTATED_DAYS = 7
"""Offline calls and promised answers arrive within hours: older days are final."""
SETTLES = timedelta(minutes=5)
"""Pause after midnight for work under way."""
AGAIN = timedelta(minutes=1)
THE_NEXT = 0
"""Single key of the deadline queue."""


class StatisticsReplication:
    """Both ends: sending the reports of this hub's centres, and receiving those of others."""

    def __init__(self, store: Store, reporting: Reporting, code: str, link: Link | None, to: Sequence[str]) -> None:
        """`code` is the centre of this deployment, `to` are the centres that add up."""
        self._store, self._reporting, self._code, self._link, self._to = store, reporting, code, link, to
        self._now: Callable[[], datetime] = reporting.days.now
        self._agenda = DeadlineQueue(self._now, lambda _: self._tasks.spawn(self.tell()))
        self._tasks = BackgroundTasks()

    def start(self) -> None:
        """Send finished days now, and each day when it ends."""
        if self._link is not None and self._to:
            self._tasks.spawn(self.tell())

    def look(self) -> None:
        """Send what is due; otherwise called by the timer."""
        self._agenda.look()

    async def close(self) -> None:
        self._agenda.close()
        await self._tasks.cancel()

    async def tell(self) -> None:
        """Send the reports of the last days, the oldest first; stored ones leave when the link is up."""
        days, again = self._reporting.days, self._now() + AGAIN
        try:
            for back in range(RESTATED_DAYS, 0, -1):
                for each in await self._reporting.own(days.today - timedelta(days=back)):
                    await self._send(each)
        except OknoError as error:
            log.warning("daily reports not sent to the superior centre: retried", extra={"why": str(error)})
        else:
            again = days.span(days.today)[1] + SETTLES
        self._agenda.put(THE_NEXT, again)

    async def _send(self, report: Report) -> None:
        if self._link is None:
            raise LinkError("there is no line")
        for centre in self._to:
            await self._link.send(Envelope(f"{self._code}/{report.key}/{report.version}", KIND, self._code, centre, self._now(), VERSION,
                                         msgspec.json.encode(report)))

    async def hear(self, parcel: Envelope) -> None:
        """Store another centre's report, once. Raises StoreError."""
        if (told := decode(parcel, Report)) is None:
            return
        if not self._speaks(parcel.source, told.centre) or told.key != key_of(told.centre, told.start):
            log.warning("daily report from a centre not authorised for it: ignored", extra={"parcel": parcel.id, "centre": told.centre})
            return
        known = await self._store.get(Report, told.key)
        if known is None or known.version < told.version:
            await self._store.put(told)

    def _speaks(self, source: str, centre: str) -> bool:
        others = self._link.centres if self._link else ()
        return may_tell_of(source, centre, {*self._reporting.days.centres, *others})
