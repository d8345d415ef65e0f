"""Replication of daily figures to the centres that add them up, over the link between deployments (FD-06).

The last days are sent after each midnight and each start, and a receiver ignores known and older reports.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from hub.conversations.ports import Store
from hub.federation.envelope import Envelope, may_tell_of
from hub.federation.ports import Link
from hub.federation.replication import Replication, accepted
from hub.reporting.centre_reports import Reporting
from hub.reporting.national import Report, key_of

KIND = "statistics.day"
RESTATED_DAYS = 7
"""Offline calls and promised answers arrive within hours: older days are final."""
SETTLES = timedelta(minutes=5)
"""Pause after midnight for work under way."""


class StatisticsReplication:
    """Both ends: sending the reports of this hub's centres, and receiving those of others."""

    def __init__(self, store: Store, reporting: Reporting, code: str, link: Link | None, to: Sequence[str]) -> None:
        """`code` is the centre of this deployment, `to` are the centres that add up."""
        self._store, self._reporting = store, reporting
        self._sender = Replication("daily reports", code, link, lambda _: to, reporting.days.now, self._tell_all)
        self.start, self.tell, self.look, self.close = self._sender.start, self._sender.tell, self._sender.look, self._sender.close

    async def _tell_all(self) -> datetime:
        """The reports of the last days, the oldest first; again when the day has ended."""
        days = self._reporting.days
        for back in range(RESTATED_DAYS, 0, -1):
            for each in await self._reporting.own(days.today - timedelta(days=back)):
                await self._sender.send(KIND, f"{each.key}/{each.version}", each)
        return days.span(days.today)[1] + SETTLES

    async def hear(self, parcel: Envelope) -> None:
        """Store another centre's report, once. Raises StoreError."""
        apart = {*self._reporting.days.centres, *self._sender.linked}
        told = accepted(parcel, Report, lambda each: may_tell_of(parcel.source, each.centre, apart)
                        and each.key == key_of(each.centre, each.start))
        if told is None:
            return
        known = await self._store.get(Report, told.key)
        if known is None or known.version < told.version:
            await self._store.put(told)
