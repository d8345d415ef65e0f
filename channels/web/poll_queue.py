"""Messages for polling clients: kept until the next request, and returned once."""

import asyncio
from collections import OrderedDict
from collections.abc import Sequence

from channels.web.rasa_messages import to_citizen
from hub.conversations.journal import StoredEvent
from hub.conversations.message import Author, Message
from hub.kernel.background_tasks import resolve

KEPT, MANY = 10_000, 200
"""Citizens whose messages are kept in memory, and messages of one; others are read from the store on request."""


Coming = asyncio.Future[list[StoredEvent]]


class PollQueue:
    """Messages of one citizen. `over` is the newest of their own messages that needs no further answer."""

    __slots__ = ("_news", "_records", "_waiting", "over")

    def __init__(self) -> None:
        self.over = 0
        self._records: list[StoredEvent] = []
        self._waiting: tuple[tuple[int, Coming], ...] = ()
        """Requests that wait for the answer to a message of the citizen."""
        self._news: tuple[asyncio.Future[None], ...] = ()

    @property
    def awaited(self) -> bool:
        """Whether a message is the answer to a waiting request."""
        return bool(self._waiting)

    @property
    def idle(self) -> bool:
        return not self._waiting and not self._news

    def __len__(self) -> int:
        return len(self._records)

    def recall(self, records: Sequence[StoredEvent]) -> None:
        """The newest records of the conversation, with an unknown delivery state.

        All except the robot's answers, which came with the citizen's own message, are sent again rather than lost.
        """
        own = max((r.id for r in records if isinstance(r.entry, Message) and r.entry.author is Author.CITIZEN), default=0)
        self.over = max(self.over, own)
        self.put_back([r for r in to_citizen(records) if r.id > own and isinstance(r.entry, Message) and r.entry.author is not Author.BOT])

    def add(self, records: Sequence[StoredEvent]) -> None:
        """Add a new record. Records stored before may be here already."""
        last = self._records[-1].id if self._records else 0
        self._records += [record for record in records if record.id > last]
        self._tell()

    def answered(self, own: Sequence[int]) -> None:
        """These messages have no further answer; waiting requests get all undelivered messages."""
        for number in own:
            self.over = max(self.over, number)
            answered = [coming for message, coming in self._waiting if message == number and not coming.done()]
            self._waiting = tuple(one for one in self._waiting if one[0] != number)
            said = self.take() if answered else []
            for coming in answered:
                coming.set_result(said)
        self._tell()

    def wait(self, own: int) -> Coming:
        """All undelivered messages, as soon as this message is answered."""
        coming: Coming = asyncio.get_running_loop().create_future()
        self._waiting += ((own, coming),)
        return coming

    def give_up(self, coming: Coming) -> None:
        """The request has ended; later messages come with the next one."""
        self._waiting = tuple(one for one in self._waiting if one[1] is not coming)
        self._tell()

    def take(self) -> list[StoredEvent]:
        """All undelivered messages, now marked as delivered."""
        records, self._records = self._records, []
        return records

    def put_back(self, records: Sequence[StoredEvent]) -> None:
        """The delivery failed."""
        known = {record.id for record in self._records}
        self._records = sorted([*self._records, *(r for r in records if r.id not in known)], key=lambda record: record.id)

    def known(self, upto: int) -> None:
        """The citizen has got everything up to a message."""
        self._records = [record for record in self._records if record.id > upto]

    async def news(self, timeout_s: float) -> None:
        """Wait for a message that no request awaits as an answer, or for the time limit."""
        if self._records and not self._waiting:
            return
        news: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._news += (news,)
        try:
            await asyncio.wait([news], timeout=timeout_s)
        finally:
            self._news = tuple(one for one in self._news if one is not news)

    def hang_up(self) -> None:
        """End all waiting requests."""
        for _, coming in self._waiting:
            resolve(coming, [], None)
        for news in self._news:
            resolve(news, None, None)

    def _tell(self) -> None:
        if self._records and not self._waiting:
            for news in self._news:
                resolve(news, None, None)


class PollQueues:
    """Pending messages of many citizens; the longest absent is dropped."""

    def __init__(self) -> None:
        self._all: OrderedDict[str, PollQueue] = OrderedDict()

    def of(self, sender: str) -> PollQueue | None:
        return self._all.get(sender)

    def keep(self, sender: str) -> PollQueue:
        poll_queue = self._all.setdefault(sender, PollQueue())
        self._all.move_to_end(sender)
        if len(self._all) > KEPT and (oldest := next(iter(self._all.items())))[1].idle:
            del self._all[oldest[0]]
        return poll_queue

    def add(self, sender: str, records: Sequence[StoredEvent]) -> None:
        if (poll_queue := self._all.get(sender)) is not None:
            poll_queue.add(records)
            if len(poll_queue) > MANY and poll_queue.idle:
                del self._all[sender]

    def answered(self, sender: str, own: Sequence[int]) -> None:
        if (poll_queue := self._all.get(sender)) is not None:
            poll_queue.answered(own)

    def hang_up(self) -> None:
        for poll_queue in self._all.values():
            poll_queue.hang_up()
