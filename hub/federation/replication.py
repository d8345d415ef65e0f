"""The skeleton of every replication: what a hub holds goes to other centres in rounds, and what they send is checked (0131).

No state of sending is kept. A round sends all, at each start and when it is due; the line knows by its id what it has carried, and a
receiver ignores what it has. A failed round is repeated a minute later.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

import msgspec
from msgspec import Struct

from hub.federation.envelope import Envelope
from hub.federation.envelope_decoder import decode
from hub.federation.ports import Link
from hub.kernel.background_tasks import BackgroundTasks
from hub.kernel.deadline_queue import DeadlineQueue
from hub.kernel.errors import OknoError

log = logging.getLogger(__name__)

T = TypeVar("T")
VERSION = 1
"""Of all forms that are replicated."""
LONGEST = 200 << 10
"""Most bytes of one thing that is replicated: it fits an envelope."""
AGAIN = timedelta(minutes=1)
THE_NEXT = 0
"""Single key of the deadline queue."""


class Replication:
    """Sends to some of the linked centres, one round after the other."""

    def __init__(self, name: str, code: str, link: Link | None, to: Callable[[Link], Sequence[str]], now: Callable[[], datetime],
                 tell_all: Callable[[], Awaitable[datetime | None]]) -> None:
        """`code` is the centre of this deployment, `to` gives those that are sent to.

        `tell_all` sends everything and returns when to do so again; None: at the next start.
        """
        self._name, self._code, self._link, self._to, self._now, self._tell_all = name, code, link, to, now, tell_all
        self._order = asyncio.Lock()
        """Fair: what has changed is sent in the order of its changes."""
        self._agenda = DeadlineQueue(now, lambda _: self._tasks.spawn(self.tell()))
        self._tasks = BackgroundTasks()

    @property
    def linked(self) -> Sequence[str]:
        """Codes of the centres with deployments of their own."""
        return self._link.centres if self._link else ()

    @property
    def to(self) -> Sequence[str]:
        return self._to(self._link) if self._link else ()

    def start(self, after: timedelta = timedelta()) -> None:
        """Send all, now or a little later."""
        if after:
            self._agenda.put(THE_NEXT, self._now() + after)
        elif self.to:
            self._tasks.spawn(self.tell())

    def changed(self, tell: Callable[[], Awaitable[None]]) -> None:
        """Send what has changed; all, if that fails."""
        if self.to:
            self._tasks.spawn(self._round(tell))

    def look(self) -> None:
        """Send what is due; otherwise called by the timer."""
        self._agenda.look()

    async def close(self) -> None:
        self._agenda.close()
        await self._tasks.cancel()

    async def tell(self) -> None:
        await self._round(self._tell_all)

    async def _round(self, tell: Callable[[], Awaitable[datetime | None]]) -> None:
        async with self._order:
            try:
                again = await tell()
            except OknoError as error:
                log.warning("not sent to other centres: retried", extra={"what": self._name, "why": str(error)})
                again = self._now() + AGAIN
        if again is not None:
            self._agenda.put(THE_NEXT, again)

    async def send(self, kind: str, id_: str, told: Struct) -> None:
        """`id_` is unique for what is told, at this centre. Raises LinkError."""
        data = msgspec.json.encode(told)
        if self._link is not None:
            await asyncio.gather(*(self._link.send(Envelope(f"{self._code}/{id_}", kind, self._code, centre, self._now(), VERSION, data))
                                   for centre in self.to))


def centres_below(code: str, over: Callable[[str, str], bool]) -> Callable[[Link], Sequence[str]]:
    """`to` of a Replication: the linked centres that `code` is superior to."""
    return lambda link: [centre for centre in link.centres if over(code, centre)]


def accepted(parcel: Envelope, form: type[T], permitted: Callable[[T], bool]) -> T | None:
    """What another centre tells; None, with a line in the log, where it is unreadable or not for that centre to tell."""
    if (told := decode(parcel, form)) is None:
        return None
    if not permitted(told):
        log.warning("sent by a centre not authorised for it: ignored", extra={"parcel": parcel.id, "kind": parcel.kind})
        return None
    return told
