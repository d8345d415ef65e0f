"""Delivers messages to citizens and stores their delivery status.

Messages of one conversation are sent in order, those of different ones concurrently. A message is tried until its carrier accepts or
finally rejects it, and the result is stored. An internal error is retried a limited number of times: then the message is set aside
as undeliverable, and an operator has the conversation (0094). A message with an unscanned file is held until the scan; later
messages do not wait for it (0092).
"""

import asyncio
import logging
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import cast
from weakref import WeakValueDictionary

from hub.conversations.attachments import Check, Quarantined
from hub.conversations.conversation import Closed, Conversation, InQueue, WithBot, hand_over
from hub.conversations.delivery_status import Delivery, Receipt, news
from hub.conversations.journal import Carried, ConversationEvent, HandedOver, StoredEvent
from hub.conversations.message import Author, Message
from hub.conversations.ports import CarryingChannel, Store
from hub.conversations.sequencer import ConversationSequencer, LiveConversation
from hub.kernel.background_tasks import BackgroundTasks
from hub.kernel.errors import StoreError, UnavailableError, UndeliverableError
from hub.kernel.health import ChannelCounters
from hub.kernel.retry import growing_pauses
from hub.kernel.signal import Signal

log = logging.getLogger(__name__)

FIRST_RETRY_S, LAST_RETRY_S = 1.0, 300.0
FAULTS = 8
"""Attempts of a message whose driver raises an unexpected error; with the pauses they take two minutes."""
GIVEN_UP = "Сообщение не отправлено: ошибка канала ({fault}). Подробности — в журнале узла."
PAGE = 50
UNTIL = {Check.WAITING: "ещё проверяется", Check.COMING: "ещё в пути", Check.MISSING: "не пришёл из другого центра"}

Quarantining = Callable[[int, str], Quarantined | None]
Leading = Callable[[Conversation], tuple[Conversation, tuple[HandedOver, ...]]]


class Deliveries:
    def __init__(
        self, sequencer: ConversationSequencer, store: Store, carriers: Mapping[str, CarryingChannel],
        counters: Mapping[str, ChannelCounters], *,
        queue: str, lead: Leading, quarantined: Quarantining, first_retry_s: float = FIRST_RETRY_S,
    ) -> None:
        """`lead` moves what begins to wait in `queue` to its proper line; a file that is `quarantined` is not delivered."""
        self._sequencer, self._store, self._carriers, self._counters = sequencer, store, carriers, counters
        self._queue, self._lead, self._quarantined, self._first_retry_s = queue, lead, quarantined, first_retry_s
        self.on_sent = Signal[[Conversation, Sequence[StoredEvent], int, bool]]()
        """Messages sent together, the number of attempts, and whether their carrier accepted them."""
        self._lines: dict[int, deque[StoredEvent]] = {}
        self._quiet: dict[int, asyncio.Event] = {}
        self._receipts_in_turn: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()
        self._aside: defaultdict[str, list[tuple[LiveConversation, StoredEvent]]] = defaultdict(list)
        """Messages that wait for a file's scan, by the file's key."""
        self.unsendable: Counter[str] = Counter()
        """Messages given up after a driver's error, by channel."""
        self._tasks = BackgroundTasks()

    def pauses(self) -> Iterator[float]:
        """Seconds between tries, growing."""
        return growing_pauses(self._first_retry_s, LAST_RETRY_S)

    def deliver(self, live: LiveConversation, record: StoredEvent) -> None:
        self._counters[live.head.address.channel].owes(1)
        self._line_up(live, record)

    def checked(self, held: Quarantined) -> None:
        """Listener of the quarantine: messages held for this file are sent, or finally rejected."""
        if not held.state.waits:
            for live, record in self._aside.pop(held.key, ()):
                self._line_up(live, record)

    def _line_up(self, live: LiveConversation, record: StoredEvent) -> None:
        if (held := self._waits(live.head, record)) is not None:
            self._aside[held.key].append((live, record))
            return
        number = live.head.id
        if (line := self._lines.get(number)) is None:
            line = self._lines[number] = deque()
            self._tasks.spawn(self._carry(live, line))
        line.append(record)

    async def quiet(self, conversation: int) -> None:
        """Wait until no delivery is under way."""
        if conversation in self._lines:
            await self._quiet.setdefault(conversation, asyncio.Event()).wait()

    async def delivered(self, receipt: Receipt) -> None:
        """hub.intake.ports.Intake.delivered."""
        lock = self._receipts_in_turn.setdefault(receipt.conversation, asyncio.Lock())
        async with lock:
            said, known = await self._known(receipt.conversation, receipt.record)
            if said is not None and news(known.state if known else None, receipt.state):
                await self._keep(receipt, said)

    async def fate(self, conversation: int, record: int) -> Carried | None:
        """The last delivery status of a message; None where there is none."""
        return (await self._known(conversation, record))[1]

    async def close(self) -> None:
        await self._tasks.cancel()

    async def _carry(self, live: LiveConversation, line: deque[StoredEvent]) -> None:
        channel = self._carriers[live.head.address.channel]
        while line:
            together = [line.popleft()]
            while line and self._goes_along(live.head, line[0], together[0]):
                together.append(line.popleft())
            await self._send(channel, live, together)
            self._counters[channel.name].owes(-len(together))
        del self._lines[live.head.id]
        if (quiet := self._quiet.pop(live.head.id, None)) is not None:
            quiet.set()

    async def _send(self, channel: CarryingChannel, live: LiveConversation, together: list[StoredEvent]) -> None:
        """At-least-once delivery: try until the carrier accepts or finally rejects it, or an error persists; then store the result."""
        counters, faults = self._counters[channel.name], 0
        for tries, pause_s in enumerate(self.pauses(), 1):
            try:
                sent = await self._send_once(channel, live.head, together)
            except (UnavailableError, StoreError, OSError) as error:
                counters.failed(error)
                log.info("delivery failed: the message is retried",
                         extra={"channel": channel.name, "record": together[0].id, "why": str(error)})
            except Exception as error:
                counters.failed(error)
                log.exception("unexpected error of a channel driver: the delivery is retried, then given up",
                              extra={"channel": channel.name, "record": together[0].id})
                faults += 1
                if (faults >= FAULTS or _is_final(error)) and await self._given_up(channel, live.head, together, error):
                    self.on_sent(live.head, together, tries, False)
                    return
            else:
                self.on_sent(live.head, together, tries, sent)
                return
            await asyncio.sleep(pause_s)

    async def _given_up(self, channel: CarryingChannel, head: Conversation, together: list[StoredEvent], fault: Exception) -> bool:
        """Give up messages after an internal error; False where that is not stored yet."""
        try:
            await self._fail(head, together, GIVEN_UP.format(fault=type(fault).__name__), by_us=True)
        except StoreError as error:
            log.warning("store unavailable: failure of an undeliverable message is recorded later",
                        extra={"record": together[0].id, "why": str(error)})
            return False
        self.unsendable[channel.name] += len(together)
        return True

    async def _send_once(self, channel: CarryingChannel, head: Conversation, together: list[StoredEvent]) -> bool:
        """Whether the carrier accepted it; otherwise it never will."""
        try:
            self._check_files(head, together)
            await channel.send(head, together)
        except UndeliverableError as error:
            await self._fail(head, together, str(error))
            return False
        self._counters[channel.name].went()
        await self._store.settle(tuple(record.id for record in together))
        return True

    async def _fail(self, head: Conversation, together: list[StoredEvent], why: str, *, by_us: bool = False) -> None:
        for record in together:
            message = cast("Message", record.entry)  # only messages are delivered
            await self._keep(Receipt(head.id, record.id, Delivery.FAILED, why), message, settled=(record.id,), by_us=by_us)

    def _goes_along(self, head: Conversation, record: StoredEvent, first: StoredEvent) -> bool:
        """Messages of one step are sent together; one with an undeliverable file fails alone."""
        return record.entry.at == first.entry.at and not any([*self._held(head, record), *self._held(head, first)])

    def _waits(self, head: Conversation, record: StoredEvent) -> Quarantined | None:
        """The first of its files that may become available later."""
        return next((held for held in self._held(head, record) if held.state.waits), None)

    def _held(self, head: Conversation, record: StoredEvent) -> list[Quarantined]:
        """Its files in quarantine."""
        files = cast("Message", record.entry).attachments  # only messages are delivered
        return [held for each in files if (held := self._quarantined(head.id, each.file)) is not None]

    def _check_files(self, head: Conversation, together: list[StoredEvent]) -> None:
        """Files of operators are scanned before they are sent."""
        for record in together:
            for attachment in cast("Message", record.entry).attachments:  # only messages are delivered
                if (held := self._quarantined(head.id, attachment.file)) is None:
                    continue
                waits = held.state.waits
                message = f"Файл «{attachment.name}» {UNTIL.get(held.state, f'не прошёл проверку: {held.found}')}"
                raise UnavailableError(message) if waits else UndeliverableError(message)

    async def _known(self, conversation: int, said: int) -> tuple[Message | None, Carried | None]:
        """The message and its known status: the journal is read back to it."""
        known: Carried | None = None
        before = 0
        while page := await self._store.records(conversation, before=before, limit=PAGE):
            for record in reversed(page):
                match record.entry:
                    case Carried() as carried if carried.record == said and known is None:
                        known = carried
                    case Message() as message if record.id == said:
                        return message, known
                    case _:
                        pass
            before = page[0].id
            if before <= said:
                break
        return None, None

    async def _keep(self, receipt: Receipt, said: Message, settled: tuple[int, ...] = (), *, by_us: bool = False) -> None:
        """Store a delivery status. With `by_us` the hub itself could not send it."""
        live = await self._sequencer.load(receipt.conversation)
        # The holder of the conversation that it continues in sees the mark there.
        shown = await self._sequencer.load(live.head.merged.into) if live.head.merged else live
        if live.head.erased is not None:
            return
        now, holder = self._sequencer.now(), shown.head.holder
        entries: tuple[ConversationEvent, ...] = (Carried(now, receipt.record, receipt.state, receipt.why),)
        after: Conversation | None = None
        unheard = isinstance(holder, Closed) and said.author is Author.OPERATOR  # its author believes that the citizen has the answer
        if receipt.state is Delivery.FAILED and (unheard or (by_us and isinstance(holder, WithBot | Closed))):
            waiting = InQueue(self._queue, now)
            after, led = self._lead(hand_over(live.head, waiting))
            entries = (*entries, HandedOver(now, waiting, "undelivered"), *led)
        await self._sequencer.committed_step(live, entries, head=after, settled=settled)


def _is_final(error: Exception) -> bool:
    """Whether a retry cannot help: the message cannot be encoded."""
    return isinstance(error, UnicodeEncodeError)
