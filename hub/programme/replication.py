"""Sends the programme's daily reports to the centres above, and takes those of the centres below, over the link (FD-06, GV-01).

As with the figures of a day no state of sending is kept: the last days are sent after each midnight and each start, and a receiver
ignores known and older reports.
"""

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import Any

import msgspec

from hub.federation.envelope import Envelope, may_tell_of
from hub.federation.envelope_decoder import decode
from hub.federation.ports import Link
from hub.kernel.background_tasks import BackgroundTasks
from hub.kernel.deadline_queue import DeadlineQueue
from hub.kernel.errors import OknoError
from hub.programme.daily_report import DailyBook, DailyReport
from hub.reporting.days import Days

log = logging.getLogger(__name__)

VERSION = 1
DAYS = 9
"""A week after a day it is known who has come again."""
SETTLES, AGAIN = timedelta(minutes=10), timedelta(minutes=1)
THE_NEXT = 0


class ProgrammeReplication:
    def __init__(self, days: Days, books: Sequence[DailyBook[Any]], code: str, link: Link | None, to: Sequence[str]) -> None:
        """`code` is the centre of this deployment, `to` are the centres above it."""
        self._days, self._books, self._code, self._link, self._to = days, books, code, link, to
        self._agenda = DeadlineQueue(days.now, lambda _: self._tasks.spawn(self.tell()))
        self._tasks = BackgroundTasks()

    @property
    def kinds(self) -> Mapping[str, Callable[[Envelope], Awaitable[None]]]:
        """Who takes which envelope."""
        return {each.kind: partial(self._hear, each) for each in self._books}

    def start(self) -> None:
        """A minute later: nine days are counted anew, and at its start the hub has those who wait to serve."""
        self._agenda.put(THE_NEXT, self._days.now() + AGAIN)

    async def close(self) -> None:
        self._agenda.close()
        await self._tasks.cancel()

    async def tell(self) -> None:
        """Make the reports of the last days, the oldest first, and send them."""
        again = self._days.now() + AGAIN
        try:
            for back in range(DAYS, -1, -1):
                for book in self._books:
                    for each in await book.own(self._days.today - timedelta(days=back)):
                        await self._send(book.kind, each)
        except OknoError as error:
            log.warning("reports of the programme not sent to the superior centre: retried", extra={"why": str(error)})
        else:
            again = self._days.span(self._days.today)[1] + SETTLES
        self._agenda.put(THE_NEXT, again)

    async def _send(self, kind: str, report: DailyReport) -> None:
        if self._link is None:
            return
        for centre in self._to:
            id_ = f"{self._code}/{kind}/{report.key}/{report.version}"
            await self._link.send(Envelope(id_, kind, self._code, centre, self._days.now(), VERSION, msgspec.json.encode(report)))

    async def _hear(self, book: DailyBook[Any], parcel: Envelope) -> None:
        if (told := decode(parcel, book.holds)) is None:
            return
        apart = {*self._days.centres, *(self._link.centres if self._link else ())}
        if not may_tell_of(parcel.source, told.centre, apart) or told.key != told.name:
            log.warning("report of the programme from a centre not authorised for it: ignored",
                        extra={"parcel": parcel.id, "centre": told.centre})
            return
        await book.take(told)
