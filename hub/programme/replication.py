"""Sends the programme's daily reports to the centres above, and takes those of the centres below, over the link (FD-06, GV-01).

As with the figures of a day, the last days are sent after each midnight and each start.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from hub.federation.envelope import Envelope, may_tell_of
from hub.federation.ports import Link
from hub.federation.replication import AGAIN, Replication, accepted
from hub.programme.daily_report import DailyBook
from hub.reporting.days import Days

DAYS = 9
"""A week after a day it is known who has come again."""
SETTLES = timedelta(minutes=10)


class ProgrammeReplication:
    def __init__(self, days: Days, books: Sequence[DailyBook[Any]], code: str, link: Link | None, to: Sequence[str]) -> None:
        """`code` is the centre of this deployment, `to` are the centres above it."""
        self._days, self._books = days, books
        self._sender = Replication("reports of the programme", code, link, lambda _: to, days.now, self._tell_all)
        self.tell, self.close = self._sender.tell, self._sender.close

    @property
    def kinds(self) -> Mapping[str, Callable[[Envelope], Awaitable[None]]]:
        """Who takes which envelope."""
        return {each.kind: partial(self._hear, each) for each in self._books}

    def start(self) -> None:
        """A minute later: nine days are counted anew, and at its start the hub has those who wait to serve."""
        self._sender.start(AGAIN)

    async def _tell_all(self) -> datetime:
        """Make the reports of the last days, the oldest first, and send them."""
        for back in range(DAYS, -1, -1):
            for book in self._books:
                for each in await book.own(self._days.today - timedelta(days=back)):
                    await self._sender.send(book.kind, f"{book.kind}/{each.key}/{each.version}", each)
        return self._days.span(self._days.today)[1] + SETTLES

    async def _hear(self, book: DailyBook[Any], parcel: Envelope) -> None:
        apart = {*self._days.centres, *self._sender.linked}
        told = accepted(parcel, book.holds, lambda each: may_tell_of(parcel.source, each.centre, apart) and each.key == each.name)
        if told is not None:
            await book.take(told)
