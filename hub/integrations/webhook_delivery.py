"""Delivers events to webhook subscriptions at least once, in the order of the audit, from a stored position (IN-01).

An unreachable subscriber is retried. A refused event, or one answered «not now» too often, has failed, and the next follows. The
result of each event is stored, so that it can be sent again.
"""

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from hub.cases.case import Case
from hub.conversations.ports import Store
from hub.integrations.webhook_events import (
    MARKS,
    TOLD,
    TRIES,
    TYPES,
    DeliveryAttempt,
    Event,
    EventState,
    GoneError,
    NotNowError,
    Subscription,
    WebhookTransport,
    event_of,
    pause,
    test_of,
)
from hub.kernel.audit_entry import AuditEntry
from hub.kernel.errors import ConflictError, OknoError, RefusedError, UnavailableError, UndeliverableError

log = logging.getLogger(__name__)

BATCH = 200
"""Audit entries of one read."""
FAR = 2_000
"""Irrelevant entries after which the position is stored."""
REREAD_S = 10.0
"""Interval at which a running hub reloads subscriptions changed by another process."""
AGAIN_S = 5.0
AT_ONCE = 200
"""Most events sent again by one request."""
PAGE = 1_000
REFUSALS = (UnavailableError, UndeliverableError, NotNowError, GoneError)


class WebhookDispatcher:
    def __init__(self, store: Store, courier: WebhookTransport, now: Callable[[], datetime], *,
                 paused: Callable[[int], timedelta] = pause, reread_s: float = REREAD_S) -> None:
        """`paused` gives the pause after a number of consecutive failures."""
        self._store, self._courier, self._now, self._paused, self._reread_s = store, courier, now, paused, reread_s
        self._work: dict[str, asyncio.Task[None]] = {}
        self._news: dict[str, asyncio.Event] = {}
        self.wrong: dict[str, str] = {}
        """Last error of a subscription; working ones are not listed."""
        self.tries: dict[str, int] = {}
        """Failures of a subscription's next event."""

    async def start(self) -> None:
        for subscription in await self._store.all(Subscription):
            self._follow(subscription.key)

    def look(self) -> None:
        """New audit entries exist."""
        for news in self._news.values():
            news.set()

    async def close(self) -> None:
        for task in self._work.values():
            task.cancel()
        await asyncio.gather(*self._work.values(), return_exceptions=True)
        await self._courier.close()

    async def add(self, subscription: Subscription, by: str) -> Subscription:
        """From now on; raises RefusedError for an unusable address, or an existing key."""
        if why := self._courier.check(subscription.url):
            raise RefusedError("bad_address", why)
        made = replace(subscription, upto=(await self._store.chain())[0])
        try:
            await self._store.exchange((), (), AuditEntry(made.at, by, "subscription_added", made.key, made.title), new=(made,))
        except ConflictError:
            raise RefusedError("exists", "Такая подписка уже есть.") from None
        self._follow(made.key)
        return made

    async def change(self, key: str, by: str, *, title: str, url: str, types: tuple[str, ...]) -> None:
        """From the next event on; undelivered ones stay. Raises RefusedError as `add` does."""
        if why := self._courier.check(url):
            raise RefusedError("bad_address", why)
        audit_entry = AuditEntry(self._now(), by, "subscription_changed", key, title)
        await self._replaced(key, audit_entry, lambda before: replace(before, title=title, url=url, types=types))
        self.look()

    async def test(self, key: str) -> None:
        """Send a test event. Raises RefusedError("not_taken")."""
        subscription = await self.find(key)
        try:
            await self._courier.bring(subscription, test_of(subscription, self._now()))
        except REFUSALS as error:
            raise RefusedError("not_taken", f"Не доставлено: {error}.") from error

    async def drop(self, key: str, by: str) -> None:
        """With the log of its events."""
        subscription = await self.find(key)
        task = self._work.pop(key, None)
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        self._news.pop(key, None)
        self.wrong.pop(key, None)
        self.tries.pop(key, None)
        await self._store.exchange((), (subscription,), AuditEntry(self._now(), by, "subscription_dropped", key))
        while events := await self._store.marked(DeliveryAttempt, TOLD, key, limit=PAGE) or await self.log(key, EventState.FAILED,
                                                                                                           limit=PAGE):
            await self._store.exchange((), events)

    async def replay(self, key: str, since: datetime, by: str) -> None:
        """Send all events since a moment again, with the same ids; an ended subscription continues."""
        await self.put_back(key, since, by)
        self._follow(key)
        self.look()

    async def put_back(self, key: str, since: datetime, by: str) -> None:
        """The same for a hub in another process, or later."""
        upto = await self._before(since)
        audit_entry = AuditEntry(self._now(), by, "subscription_replayed", key, f"{since.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}")
        await self._replaced(key, audit_entry, lambda before: replace(before, upto=upto, ended=""))

    async def _replaced(self, key: str, audit_entry: AuditEntry, after: Callable[[Subscription], Subscription]) -> None:
        while True:
            before = await self.find(key)
            try:
                await self._store.exchange((after(before),), (), audit_entry, seen=(before,))
            except ConflictError:
                continue  # an event was just delivered
            return

    async def send_again(self, key: str, number: int, by: str) -> None:
        """Send an earlier event now. Raises RefusedError("not_taken") where it is refused."""
        before = await self._store.get(DeliveryAttempt, f"{key}/{number}")
        if before is None:
            raise RefusedError("no_such_event", "Такого события в журнале подписки нет.")
        event = await self._event(number)
        if event is None:
            await self._store.exchange((), (before,), AuditEntry(self._now(), by, "letter_sent", before.key))
            return
        try:
            await self._courier.bring(await self.find(key), event)
        except REFUSALS as error:
            await self._store.put(replace(before, why=str(error), tries=before.tries + 1, last=self._now()))
            raise RefusedError("not_taken", f"Не доставлено: {error}.") from error
        if not self.tries.get(key):
            self.wrong.pop(key, None)
        taken = replace(before, why="", state=EventState.TAKEN, tries=before.tries + 1, last=self._now())
        await self._store.put(taken, AuditEntry(self._now(), by, "letter_sent", before.key))

    async def send_all_again(self, key: str, by: str, period: tuple[datetime, datetime] | None = None) -> int:
        """Send failed events, or all delivered ones of a `period`, the oldest first, until one is refused; returns the number.

        Raises as `send_again` does for the first one.
        """
        since, until = period or (None, None)
        mark = MARKS[EventState.FAILED] if period is None else TOLD
        sent = 0
        for each in await self._store.marked(DeliveryAttempt, mark, key, since=since, until=until, limit=AT_ONCE):
            try:
                await self.send_again(key, each.number, by)
            except RefusedError:
                if not sent:
                    raise
                break
            sent += 1
        return sent

    async def find(self, key: str) -> Subscription:
        if (found := await self._store.get(Subscription, key)) is None:
            raise RefusedError("no_such_subscription", "Такой подписки нет.")
        return found

    async def all(self) -> list[Subscription]:
        return await self._store.all(Subscription)

    async def log(self, key: str, state: EventState | None = None, *, before: int = 0, limit: int) -> list[DeliveryAttempt]:
        """Results of a subscription's events, optionally in one state, newest first, before a number."""
        mark = TOLD if state is None else MARKS[state]
        last = await self._store.get(DeliveryAttempt, f"{key}/{before}") if before else None
        if last is not None and state not in {None, last.state}:  # its state has changed since
            return await self._store.marked(DeliveryAttempt, mark, key, until=last.at, newest=True, limit=limit)
        return await self._store.marked(DeliveryAttempt, mark, key, after=last, newest=True, limit=limit)

    async def count(self, key: str) -> int:
        """Number of failed ones."""
        return await self._store.count(DeliveryAttempt, MARKS[EventState.FAILED], key)

    async def behind(self, subscription: Subscription) -> int:
        """Number of audit entries after its position; most of them are irrelevant to it."""
        return (await self._store.chain())[0] - subscription.upto

    def _follow(self, key: str) -> None:
        if key not in self._work or self._work[key].done():
            self._news[key] = asyncio.Event()
            self._work[key] = asyncio.create_task(self._go_on(key))

    async def _go_on(self, key: str) -> None:
        """Until it has ended or was dropped."""
        failures = 0
        while True:
            try:
                subscription = await self._store.get(Subscription, key)
                if subscription is None or subscription.ended:
                    return
                before = failures
                self.tries[key] = failures = await self._told(subscription, failures)
            except ConflictError:
                continue  # its position was changed: it is reloaded
            except OknoError as error:
                log.warning("store unavailable: webhook subscription is retried", extra={"subscription": key, "why": str(error)})
                await asyncio.sleep(AGAIN_S)
                continue
            if failures > before:
                await asyncio.sleep(self._paused(failures).total_seconds())

    async def _told(self, subscription: Subscription, failures: int) -> int:
        """One step: an event, or a range without any; returns the failures of the current event."""
        news = self._news[subscription.key]
        news.clear()
        upto = subscription.upto
        while audit_entries := await self._after(upto):
            for number, audit_entry in audit_entries:
                if (type_ := TYPES.get(audit_entry.what)) is not None and subscription.wants(type_):
                    return await self._tell(subscription, number, audit_entry, failures)
                upto = number
            if upto - subscription.upto >= FAR:
                await self._moved(subscription, upto)
                return 0
        try:
            async with asyncio.timeout(self._reread_s):
                await news.wait()
        except TimeoutError:
            pass  # another process may have set it back
        return 0

    async def _tell(self, subscription: Subscription, number: int, audit_entry: AuditEntry, failures: int) -> int:
        event = await self._of(number, audit_entry)
        if event is None:
            await self._moved(subscription, number)
            return 0
        state, why = EventState.TAKEN, ""
        try:
            await self._courier.bring(subscription, event)
        except UnavailableError as error:
            state, why = EventState.WAITING, str(error)
        except NotNowError as error:
            state, why = EventState.WAITING if failures + 1 < TRIES else EventState.FAILED, str(error)
        except UndeliverableError as error:
            state, why = EventState.FAILED, str(error)
        except GoneError as error:
            ended = replace(subscription, ended=str(error))
            await self._store.exchange((ended,), (), AuditEntry(self._now(), "", "subscription_ended", subscription.key),
                                       seen=(subscription,))
            return 0
        if why:
            self.wrong[subscription.key] = why
        else:
            self.wrong.pop(subscription.key, None)
        tried = await self._tried(subscription, event, state, why)
        if state is EventState.WAITING:
            await self._store.put(tried)
            return failures + 1
        await self._moved(subscription, number, tried)
        return 0

    async def _tried(self, subscription: Subscription, event: Event, state: EventState, why: str) -> DeliveryAttempt:
        key = f"{subscription.key}/{event.number}"
        before = await self._store.get(DeliveryAttempt, key)
        return DeliveryAttempt(key, subscription.key, event.number, event.type, event.subject, event.at, why, state,
                        (before.tries if before else 0) + 1, self._now())

    async def _moved(self, subscription: Subscription, upto: int, *tried: DeliveryAttempt) -> None:
        await self._store.exchange((replace(subscription, upto=upto), *tried), (), seen=(subscription,))

    async def _after(self, number: int) -> list[tuple[int, AuditEntry]]:
        """The next audit entries, in order: their numbers have no gaps."""
        found = await self._store.audit_entries(before=number + BATCH + 1, limit=BATCH)
        return [each for each in reversed(found) if each[0] > number]

    async def _before(self, since: datetime) -> int:
        """The number of the last entry before a moment; 0 where there is none."""
        low, high = 0, (await self._store.chain())[0]
        while low < high:
            middle = (low + high + 1) // 2
            found = await self._store.audit_entries(before=middle + 1, limit=1)
            if found and found[0][1].at < since:
                low = middle
            else:
                high = middle - 1
        return low

    async def _event(self, number: int) -> Event | None:
        found = await self._store.audit_entries(before=number + 1, limit=1)
        return await self._of(number, found[0][1]) if found and found[0][0] == number else None

    async def _of(self, number: int, audit_entry: AuditEntry) -> Event | None:
        """None for an entry without an event any more."""
        case = await self._store.get(Case, audit_entry.about)
        return event_of(number, audit_entry, case) if case is not None else None
