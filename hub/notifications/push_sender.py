"""Sends pushes to the browsers of operators who do not see their desk; after the commit, never in its way.

The memory is the list: a push that was not sent when the hub stops is lost, and the desk shows everything when it is opened.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable
from datetime import datetime
from functools import partial
from itertools import islice
from zoneinfo import ZoneInfo

from hub.access.operator import SignIn
from hub.kernel.background_tasks import BackgroundTasks
from hub.kernel.errors import ConflictError, OknoError, RefusedError, UnavailableError
from hub.kernel.ports import Documents
from hub.kernel.retry import growing_pauses, retry
from hub.notifications.push import PushKey, PushMessage, PushService, PushSubscription, SubscriptionGoneError

log = logging.getLogger(__name__)

VAPID = "vapid"
AT_ONCE = 8
"""Requests to push services at the same time."""
MOST_WAITING = 1_000
"""Further pushes are dropped: a push service that hangs must not fill the memory."""
FIRST_PAUSE_S, LONGEST_PAUSE_S, RETRIES = 2.0, 30.0, 3


class PushSender:
    def __init__(self, store: Documents, service: PushService | None, now: Callable[[], datetime], zone: ZoneInfo) -> None:
        """Without a service nothing is offered or sent."""
        self._store, self._service, self._now, self._zone = store, service, now, zone
        self._of: defaultdict[str, dict[str, PushSubscription]] = defaultdict(dict)
        self._unseen: defaultdict[str, set[int]] = defaultdict(set)
        """Conversations that an operator was notified of since they last saw a desk."""
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._waiting = 0
        self._key = b""
        self._tasks = BackgroundTasks()

    async def start(self) -> None:
        """Sessions may have ended while the hub was down."""
        for each in await self._store.all(PushSubscription):
            if await self._store.get(SignIn, each.key):
                self._of[each.login][each.key] = each
            else:
                await self._store.drop(PushSubscription, each.key)

    async def public_key(self) -> str:
        """What browsers subscribe to; "" where nothing is offered."""
        return self._service.public(await self._private(self._service)) if self._service else ""

    def subscription(self, sign_in: SignIn) -> PushSubscription | None:
        return self._of.get(sign_in.login, {}).get(sign_in.token)

    async def subscribe(self, subscription: PushSubscription) -> None:
        """Replaces that of the same session. Raises RefusedError for one that cannot be used."""
        if self._service is None:
            raise RefusedError("not_offered", "Уведомления через браузер в этом центре не используются.")
        if why := self._service.check(subscription):
            raise RefusedError("bad_address", why)
        await self._store.put(subscription)
        of = self._of[subscription.login]
        for key in [each.key for each in of.values() if each.until <= self._now()]:
            del of[key]  # retention deletes what is stored of it
        of[subscription.key] = subscription

    async def unsubscribe(self, sign_in: SignIn) -> None:
        if known := self.subscription(sign_in):
            await self._drop(known)

    def ended(self, sign_in: SignIn) -> None:
        """Listener of the sessions."""
        if known := self.subscription(sign_in):
            self._tasks.spawn(self._ended(known))

    def listens(self, login: str) -> bool:
        """Whether anything can be sent to the operator: asked on each commit."""
        return login in self._of

    def tell(self, login: str, conversation: int, message: PushMessage) -> None:
        """Notify all browsers of an operator who sees no desk; once for a conversation until they have seen one."""
        if conversation in self._unseen.get(login, ()):
            return
        now = self._now().astimezone(self._zone)
        wanting = [each for each in self._of.get(login, {}).values() if each.wants(message.kind, now)]
        if not wanting or self._waiting + len(wanting) > MOST_WAITING:
            return
        self._unseen[login].add(conversation)
        self._waiting += len(wanting)
        for each in wanting:
            self._tasks.spawn(self._send(each, message))

    def seen(self, login: str) -> None:
        """The operator sees a desk."""
        self._unseen.pop(login, None)

    async def close(self) -> None:
        await self._tasks.cancel()
        if self._service:
            await self._service.close()

    async def _send(self, subscription: PushSubscription, message: PushMessage) -> None:
        try:
            pauses = islice(growing_pauses(FIRST_PAUSE_S, LONGEST_PAUSE_S), RETRIES)
            await retry(partial(self._attempt, subscription, message), pauses, UnavailableError, lambda *_: None)
        except SubscriptionGoneError:
            if self._is_current(subscription):
                await self._ended(subscription)
        except OknoError as error:
            log.warning("push was not delivered", extra={"login": subscription.login, "why": str(error)})
        finally:
            self._waiting -= 1

    async def _attempt(self, subscription: PushSubscription, message: PushMessage) -> None:
        if self._service is None or not self._is_current(subscription):
            return
        async with self._slots:
            await self._service.send(await self._private(self._service), subscription, message)

    def _is_current(self, subscription: PushSubscription) -> bool:
        return self._of.get(subscription.login, {}).get(subscription.key) is subscription

    async def _private(self, service: PushService) -> bytes:
        """The hub's key, made when it is first needed."""
        while not self._key:
            if (known := await self._store.get(PushKey, VAPID)) is not None:
                self._key = known.private
                break
            made = PushKey(VAPID, service.new_key())
            try:
                await self._store.exchange((), (), new=(made,))
            except ConflictError:
                continue  # another request has made one
        return self._key

    async def _ended(self, subscription: PushSubscription) -> None:
        try:
            await self._drop(subscription)
        except OknoError as error:
            log.warning("push subscription was not deleted", extra={"login": subscription.login, "why": str(error)})

    async def _drop(self, subscription: PushSubscription) -> None:
        """Nothing is sent from now on, whatever becomes of the store."""
        of = self._of[subscription.login]
        of.pop(subscription.key, None)
        if not of:
            del self._of[subscription.login]
            self.seen(subscription.login)
        await self._store.drop(PushSubscription, subscription.key)
