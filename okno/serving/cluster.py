"""One of several hubs on one store: always a door, and the leader while it has the lease (docs/decisions/0081-many-hubs.md).

waits ──── the lease is free, or expired ──► leads
▲                                            │
└── another has it · it is given back ───────┘
"""

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, suppress
from functools import partial

from bots.knowledge.services import knowledge_of
from bots.russian import Russian
from channels.tls import Certificate
from hub.conversations.ports import Store
from hub.kernel.errors import SealedError, StoreError
from hub.kernel.leases import Lease
from hub.knowledge.handbook import KnowledgeSnapshot
from okno.app import Hub, running
from okno.config import Config, HubsSettings
from okno.content import content_of
from okno.rooms.base import close_later
from okno.serving.certificates import certificate_of
from okno.serving.heartbeat import Heartbeat
from okno.serving.leader_proxy import Leader, LeaderProxy
from okno.serving.leadership import Leadership, PeerAccess, keys_between
from okno.stores import open_store

log = logging.getLogger(__name__)

LEASE = "hub"
NOWHERE = "-"
"""The address of a hub that others cannot reach."""
TRIES_S = 0.5
"""Seconds between attempts of a waiting hub to take the lease."""
STARTS_S = 30.0
"""Term of the lease while the new leader loads its state and may be unable to renew it."""
PROLONGED = 3
"""Renewals within a term."""
SEEN_OFF_S = 10.0
"""How long a former leader waits for the next one."""

House = Callable[[Leadership], AbstractAsyncContextManager[Hub]]
"""Builds the leading hub."""


class Member:
    """One of the hubs. `on_lead` gets the hub when this one becomes the leader."""

    def __init__(self, hubs: HubsSettings, store: Store, door: LeaderProxy, house: House, russian: Russian,
                 certificate: Certificate | None) -> None:
        """`certificate` is the door's."""
        self._term_s, self._store, self._door, self._house, self._russian = hubs.lease_s, store, door, house, russian
        host, port = hubs.place()
        self._owner = f"{hubs.inner or NOWHERE}/{secrets.token_hex(16)}"
        self._host, self._port, self._key, self._reached = host, port, keys_between(hubs)[0], bool(hubs.inner)
        self._certificate, self._unsure_until = certificate, 0.0
        """After an outage of the store no other hub takes the lease at once: the leader did not fail."""
        self._started = asyncio.Event()
        """Set once the leading hub runs."""
        self.on_lead: Callable[[Hub], None] = lambda _: None
        self.hub: Hub | None = None
        """The hub while this process leads."""
        self.on_known: Callable[[], None] = lambda: None
        """Called once, when the leader is known: clients are served from then on."""
        self._known = False

    async def work(self) -> None:
        """Wait for the lease and lead, repeatedly, until cancelled. Raises ConfigError, StoreError where the hub cannot start."""
        while True:
            lease = await self._look()
            if lease is not None and lease.owner == self._owner:
                await self._lead(lease)
            else:
                self._follow(lease)
                await asyncio.sleep(min(TRIES_S, lease.left_s) if lease else TRIES_S)

    async def _look(self) -> Lease | None:
        """The lease; it is taken if it was free or expired. None where nobody has it, or it is unknown."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self._term_s):
                if loop.time() >= self._unsure_until:
                    return await self._store.lease(LEASE, self._owner, STARTS_S)
                return next(iter(await self._store.leases(LEASE)), None)
        except (StoreError, TimeoutError) as error:
            log.warning("leader lease not readable: retried", extra={"why": str(error) or "no answer"})
            self._unsure_until = loop.time() + 2 * self._term_s
            return None

    def _follow(self, lease: Lease | None) -> None:
        if lease is None:
            return
        address = lease.owner.partition("/")[0]
        if address == NOWHERE:
            if not self._known:
                log.warning("the leader has no address: this hub waits until its lease ends; set hubs.inner on both")
        else:
            self._door.follow(Leader(address, lease.owner))
        self._know()

    def _know(self) -> None:
        if not self._known:
            self._known = True
            self.on_known()

    async def _lead(self, lease: Lease) -> None:
        """Lead until another has the lease, or until cancelled: then finish current work, and release the lease."""
        log.info("leader lease acquired: this hub leads", extra={"term": lease.term})
        async with AsyncExitStack() as outlasting:
            being = asyncio.create_task(self._be(lease, outlasting), name="hub")
            promise_actions = asyncio.create_task(self._keep(lease.term), name="lease")
            try:
                await asyncio.wait({being, promise_actions}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                being.cancel()
                [ended] = await asyncio.gather(being, return_exceptions=True)
                self.hub, self._door.leads = None, False
                self._started.clear()
                self._door.follow(None)
                promise_actions.cancel()
                await self._give_back()
                log.info("leader lease ended: this hub is a follower", extra={"term": lease.term})
                if self._reached:
                    await self._see_off()
        if isinstance(ended, SealedError):  # waiting does not repair a tampered row
            raise ended
        if isinstance(ended, StoreError):  # the lease is lost, or the store is unavailable: wait like the others
            log.warning("hub stopped: it waits as a follower", extra={"why": str(ended)})
        elif isinstance(ended, Exception):
            raise ended

    async def _be(self, lease: Lease, outlasting: AsyncExitStack) -> None:
        inside = PeerAccess(lease.owner)
        async with self._house(Leadership(lease, inside, self._host, self._port, self._key, self._russian, outlasting)) as self.hub:
            self._door.leads = True
            self._door.follow(Leader(self.hub.address.partition("://")[2], lease.owner))
            self.on_lead(self.hub)
            self._know()
            self._started.set()
            await asyncio.Event().wait()

    async def _keep(self, term: int) -> None:
        """Renew the lease until another hub has it: with a longer term during the start, which may block the loop for seconds.

        A hub that was suspended while another led may find the lease free, and then has a new term: nothing is stored for the old
        one. While the store is unavailable this hub continues: no other hub can store anything, either.
        """
        while True:
            if not self._started.is_set():
                with suppress(TimeoutError):
                    async with asyncio.timeout(STARTS_S / PROLONGED):
                        await self._started.wait()
            term_s = self._term_s if self._started.is_set() else STARTS_S
            try:
                async with asyncio.timeout(self._term_s):
                    lease = await self._store.lease(LEASE, self._owner, term_s)
            except (StoreError, TimeoutError) as error:
                log.warning("leader lease not renewed: retried until it expires", extra={"why": str(error) or "no answer"})
            else:
                if (lease.owner, lease.term) != (self._owner, term):
                    log.warning("leader lease lost to another hub", extra={"term": lease.term})
                    return
            if self._started.is_set():
                await asyncio.sleep(self._term_s / PROLONGED)

    async def _give_back(self) -> None:
        try:
            async with asyncio.timeout(self._term_s):
                await self._store.release(LEASE, self._owner)
        except (StoreError, TimeoutError) as error:
            log.warning("leader lease not released: it expires by itself", extra={"why": str(error) or "no answer"})

    def refresh(self) -> None:
        """Reload renewed certificates."""
        if self._certificate is not None:
            self._certificate.refresh()
        if self.hub is not None:
            self.hub.refresh()

    async def _see_off(self) -> None:
        """Remain a door until another hub leads and all know it, so that clients are forwarded; for a limited time.

        Requests of other doors that do not know yet get a retry answer: a closed connection would leave their result unknown.
        """
        try:
            async with asyncio.timeout(SEEN_OFF_S):
                while not (found := [each for each in await self._store.leases(LEASE) if each.owner != self._owner]):  # noqa: ASYNC110 - another process takes it
                    await asyncio.sleep(TRIES_S / 5)
        except (StoreError, TimeoutError):
            log.info("no other hub acquired the leader lease")
        else:
            self._follow(found[0])
            await asyncio.sleep(2 * TRIES_S)


def look_up(config: Config, russian: Russian) -> None:
    """Preload the words of the centre's knowledge: a third of a hub's start."""
    knowledge = knowledge_of(KnowledgeSnapshot(content_of(config)))
    for article in knowledge:
        for text in (article.title, article.text, *article.questions):
            russian.indexed(text)


@asynccontextmanager
async def among_others(config: Config, on_lead: Callable[[Hub], None], on_known: Callable[[str], None], heart: Heartbeat,
                       ) -> AsyncIterator[tuple[Member, asyncio.Task[None]]]:
    """One of several hubs within its context, and its work, which ends only on failure. Raises ConfigError, StoreError.

    `on_known` gets the address of its door, once the leader is known; `heart` reports to the supervisor that the loop runs.
    """
    hubs, certificate = config.hubs, certificate_of(config.listen)
    door = LeaderProxy(config.listen, keys_between(hubs)[1])
    async with AsyncExitStack() as stack:
        close_later(stack, store := open_store(config, russian := Russian()))
        await asyncio.to_thread(look_up, config, russian)  # before it listens: its readiness may be the signal to stop the others
        member = Member(hubs, store, door, lambda leading: running(config, leading=leading, heart=heart), russian, certificate)
        address = await stack.enter_async_context(door.open(certificate, config.desk.origin))
        member.on_lead, member.on_known = on_lead, partial(on_known, address)
        working = asyncio.create_task(member.work(), name="member")
        try:
            yield member, working
        finally:
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)
