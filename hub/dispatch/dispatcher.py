"""Offers waiting conversations to operators: feeds the router with committed hand-overs, keeps presences, expires offers.

Its state is derived from the store. After a restart everything that waits waits again, with its old clock.
"""

import asyncio
import logging
import math
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from typing import assert_never

from msgspec import Struct
from msgspec.structs import replace

from hub.access.operator import CAPACITY, Operator, Presence, skills_of
from hub.access.permissions import Permission, may
from hub.conversations.assignment_reason import URGENT_S
from hub.conversations.conversation import Closed, Conversation, InQueue, Promised, SetAside, WithBot, WithOperator, WithRemoteCentre
from hub.conversations.journal import HandedOver, Offered, OfferEnd, OfferEnded, Verified
from hub.conversations.live_signals import Moved
from hub.conversations.ports import Commit, Store
from hub.conversations.sequencer import ConversationSequencer, LiveConversation
from hub.dispatch.absence import Absences
from hub.dispatch.busy_operators import PAUSE_S, BusyOperators
from hub.dispatch.offer import Lapsed, Offer, Waiting, personal
from hub.dispatch.ports import Router
from hub.dispatch.priority import Patience, Priority, priority_of
from hub.kernel.background_tasks import BackgroundTasks
from hub.kernel.errors import OknoError
from hub.kernel.signal import Signal
from hub.organisation.queue import Lines, Queue, Skills, helps_out, rings, skills, urgent_rings

log = logging.getLogger(__name__)

LINE_PAUSE_S = 0.3
"""Seconds between updates of places in the queue."""
YIELDS_S = 3600.0
"""Seconds subtracted from the wait of a low-priority caller, and of a talk whose caller has hung up."""
MISSED = "missed"
"""How the desk is told of an expired offer of an operator in a talk."""


class OfferNews(Struct, frozen=True):
    """An offer was made (how is ""), or ended: accepted, rejected, expired, missed, rescinded."""

    offer: Offer | Lapsed
    how: str = ""


class Dispatch:
    """Presences and offers of one centre."""

    def __init__(self, sequencer: ConversationSequencer, store: Store, router: Router, lines: Lines, patience: Patience, *,
                 works: Callable[[Operator, str], bool] = lambda _who, _queue: True,
                 expects: Callable[[str], float] = lambda _: math.inf) -> None:
        """`works` tells whether an operator may work on a line today; `expects` gives the wait in a line, in seconds (overflow.py)."""
        self._sequencer, self._store, self._router = sequencer, store, router
        self._queues, self._patience = lines, patience
        self._absences, self._busy = Absences(sequencer, router, patience.reconnect_s), BusyOperators()
        self._paused: dict[str, asyncio.TimerHandle] = {}
        """Operators in a talk who missed an offer: they are offered nothing for a while."""
        self._refusals: dict[tuple[int, str], asyncio.TimerHandle] = {}
        """When an operator may be offered again what they refused."""
        self._presence: dict[str, Presence] = {}
        self._operators: dict[str, Operator] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._lines: dict[int, str] = {}
        """Conversations by line, and the lines that have changed."""
        self._moved: set[str] = set()
        self._line_timer: asyncio.TimerHandle | None = None
        self._tasks = BackgroundTasks()
        self.works, self.expects = works, expects
        self.on_offer = Signal[[OfferNews]]()
        self.on_prolonged = Signal[[Offer]]()
        self.on_presence = Signal[[str, Presence]]()
        self.on_account = Signal[[Operator]]()
        self.on_moved = Signal[[Conversation, Moved]]()
        self.on_lost = Signal[[int, str]]()

    async def start(self, held: Iterable[Conversation], waiting: Iterable[Conversation]) -> None:
        """Load held and waiting conversations from the store."""
        now = self._now()
        for operator in await self._store.all(Operator):
            self._know(operator)
        for head in held:
            if isinstance(head.holder, WithOperator):
                self._router.take(head.id, head.holder.operator, self._sequencer.traits.of(head.address).cost, now)
                self._absences.expect(head.holder.operator)
        for head in waiting:
            if isinstance(head.holder, InQueue):
                self._router.wait(self._waiting(head, head.holder), now)
                self._lines[head.id] = head.holder.queue
        self._set_timer()

    def committed(self, live: LiveConversation, change: Commit) -> None:
        """Listener of the sequencer: hand-overs."""
        if change.head is None:
            return
        handed = [r.entry for r in change.records if isinstance(r.entry, HandedOver)]
        if not handed:
            proved = any(isinstance(record.entry, Verified) for record in change.records)
            if proved or isinstance(live.head.holder, WithOperator | WithRemoteCentre):  # the citizen left, or it was accepted
                self.on_moved(live.head, self.standing(live.head))
            return
        head, now = live.head, self._now()
        if loser := self._router.holder(head.id):
            self.on_lost(head.id, loser)
        self._busy.work(by := handed[-1].by)
        self._offer(self._follow(head, by, now))
        self._resume(self._paused if head.danger is not None else self._paused.keys() & {by})
        self.on_moved(head, self.standing(head))
        self._line_moved(head)

    def _follow(self, head: Conversation, by: str, now: float) -> list[Offer]:
        """Report the current holder to the router; an offer that this ends is rescinded or accepted."""
        had = self._router.offered(head.id)
        match head.holder:
            case InQueue() as holder:
                if had:
                    self.on_offer(OfferNews(had, OfferEnd.RESCINDED))
                return self._router.release(head.id, now) + self._router.wait(self._waiting(head, holder, by), now)
            case WithOperator(operator=operator):
                mine = had is not None and had.operator == operator
                offers = self._router.take(head.id, operator, self._sequencer.traits.of(head.address).cost, now)
                if had:
                    self.on_offer(OfferNews(had, "accepted" if mine else OfferEnd.RESCINDED))
                return offers
            case WithBot() | Promised() | WithRemoteCentre() | Closed() | SetAside():
                if had:
                    self.on_offer(OfferNews(had, OfferEnd.RESCINDED))
                return self._router.withdraw(head.id, now) + self._router.release(head.id, now)
            case _ as never:
                assert_never(never)

    def presence(self, login: str) -> Presence:
        return self._presence.get(login, Presence.OFFLINE)

    def set_presence(self, operator: Operator, presence: Presence) -> None:
        """An operator sets, or the hub detects, the presence; only READY brings offers."""
        self._know(operator)
        self._busy.work(operator.login)
        self._end_pause(operator.login)
        before = self._router.offers_of(operator.login)
        self._presence[operator.login] = presence
        offers = self._router.present(operator.login, self._skills(operator) if presence is Presence.READY else (), self._now())
        for offer in before:
            if self._router.offered(offer.conversation) != offer:
                self._end(offer, OfferEnd.RESCINDED)
        self.on_presence(operator.login, presence)
        self._offer(offers)
        if presence is Presence.OFFLINE:
            self._absences.begin(operator.login)
        else:
            self._absences.end(operator.login)

    def reject(self, conversation: int, login: str) -> bool:
        """Whether there was such an offer."""
        offer = self.offer(conversation, login)
        if offer is None:
            return False
        offers = self._router.reject(conversation, login, self._now())
        self._end(offer, OfferEnd.REJECTED)
        self._offer(offers)
        key, loop = (conversation, login), asyncio.get_running_loop()
        self._refusals[key] = loop.call_later(self._patience.refusal_s, self._ask_again, *key)
        return True

    def typed(self, login: str) -> None:
        """The operator types an answer or a note: the time of their offers stands."""
        if seconds := self._busy.type(login, self._router.offers_of(login), self._now()):
            for offer in self._router.postpone(login, seconds):
                self.on_prolonged(offer)
            self._set_timer()

    def _ask_again(self, conversation: int, login: str) -> None:
        self._refusals.pop((conversation, login), None)
        self._offer(self._router.ask_again(conversation, login, self._now()))

    def offer(self, conversation: int, login: str) -> Offer | None:
        """The offer of a conversation to an operator."""
        return offer if (offer := self._router.offered(conversation)) and offer.operator == login else None

    def is_offered(self, conversation: int) -> bool:
        return self._router.offered(conversation) is not None

    def operator(self, login: str) -> Operator | None:
        return self._operators.get(login)

    def operators(self) -> list[Operator]:
        """All known accounts."""
        return list(self._operators.values())

    def offered_to(self, login: str) -> list[Offer]:
        return self._router.offers_of(login)

    def holder(self, conversation: int) -> str:
        """Login of the operator who holds a conversation, or ""."""
        return self._router.holder(conversation)

    def load(self, login: str) -> int:
        return self._router.load(login)

    def written(self, login: str) -> tuple[int, int]:
        """How many chats and letters together an operator has, and how many of them are chats, offers included."""
        return self._router.written(login)

    def held(self, login: str) -> int:
        """How many conversations an operator holds."""
        return len(self._router.held(login))

    def holds(self, login: str) -> list[int]:
        """The conversations that an operator holds."""
        return list(self._router.held(login))

    def line(self, queue: str) -> list[int]:
        """Who waits in a queue, in order."""
        return self._router.line(queue)

    def in_danger(self, queue: str) -> list[int]:
        """The first conversation with danger to life in a queue."""
        return list(takewhile(self._is_in_danger, self._router.line(queue)))

    def _is_in_danger(self, conversation: int) -> bool:
        return (live := self._sequencer.active(conversation)) is not None and live.head.danger is not None

    def length(self, queue: str) -> int:
        return self._router.length(queue)

    def transferred_to(self, login: str) -> int:
        """How many wait for this operator alone."""
        return self._router.length(personal(login))

    def anyone_helps(self, queue: str) -> bool:
        """Whether an operator of its home is ready now, in any line."""
        ready = (self._operators[login] for login, its in self._presence.items() if its is Presence.READY and login in self._operators)
        return any(helps_out(queue) in dict(self._skills(each)) for each in ready)

    def name(self, login: str) -> str:
        return self._operators[login].name if login in self._operators else login

    def renew(self, operator: Operator) -> None:
        """An account was added or changed, with immediate effect. Offers that no longer fit go to others; held conversations stay."""
        login, serves = operator.login, may(operator, Permission.SERVE)
        self._know(operator)
        if self.presence(login) is not Presence.OFFLINE:
            self.set_presence(operator, self._presence[login] if serves else Presence.OFFLINE)
        self.on_account(operator)

    def _know(self, operator: Operator) -> None:
        self._operators[operator.login] = operator
        self._router.limit(operator.login, operator.limit.chats, operator.limit.written)

    def renew_lines(self, changed: Iterable[str]) -> None:
        """Lines have changed: waiting conversations and operators are evaluated by the new ones."""
        lines = frozenset(changed)
        for operator in list(self._operators.values()):
            if not lines.isdisjoint(operator.queues):
                self.renew(operator)
        for queue in lines:
            for conversation in self._router.line(queue):
                self._tasks.spawn(self._wait_anew(conversation))

    async def _wait_anew(self, conversation: int) -> None:
        try:
            head, now = (await self._sequencer.load(conversation)).head, self._now()
        except OknoError as error:
            log.warning("not loaded: offered by its previous requirements", extra={"conversation": conversation, "why": str(error)})
            return
        if isinstance(head.holder, InQueue) and not self.is_offered(conversation):
            self._offer(self._router.withdraw(conversation, now) + self._router.wait(self._waiting(head, head.holder), now))

    def priority(self, head: Conversation) -> Priority | None:
        """Why a waiting conversation goes before others that have waited as long."""
        return priority_of(head, self._sequencer.now(), timedelta(hours=self._patience.last_operator_h), self._patience.rules)

    def standing(self, head: Conversation) -> Moved:
        """The state shown to the citizen; of a merged conversation that of the remaining one."""
        if head.danger is not None:
            return Moved(head, 0, self._operator_of(head))  # without place and wait
        if head.merged is not None and (kept := self._sequencer.active(head.merged.into)) is not None:
            return replace(self.standing(kept.head), head=replace(head, holder=kept.head.holder))
        wait_s = self.expects(head.holder.queue) if isinstance(head.holder, InQueue) else math.inf
        return Moved(head, self._router.place(head.id), self._operator_of(head), wait_s)

    def _operator_of(self, head: Conversation) -> str:
        """The operator's name as shown to citizens."""
        return self.name(head.holder.operator) if isinstance(head.holder, WithOperator) else ""

    def close(self) -> None:
        self._absences.close()
        for timer in (self._timer, self._line_timer, *self._paused.values(), *self._refusals.values()):
            if timer:
                timer.cancel()

    def _offer(self, offers: Iterable[Offer]) -> None:
        for offer in offers:
            self._journal(offer.conversation, Offered(self._sequencer.now(), offer.operator, moment(offer.until), offer.why))
            self.on_offer(OfferNews(offer))
            if not self._fits(offer):
                # The contract ended after the operator became ready: waiting conversations go to others at once.
                self.set_presence(self._operators[offer.operator], Presence.BREAK)
        self._set_timer()

    def _fits(self, offer: Offer) -> bool:
        who, live = self._operators.get(offer.operator), self._sequencer.active(offer.conversation)
        return who is None or live is None or self.works(who, live.head.queue)

    def _end(self, offer: Offer | Lapsed, how: OfferEnd, told: str = "") -> None:
        self._busy.end(offer.conversation)
        self._journal(offer.conversation, OfferEnded(self._sequencer.now(), offer.operator, how))
        self.on_offer(OfferNews(offer, told or how))

    def _advance(self) -> None:
        lapsed, offers = self._router.advance(self._now())
        for login in dict.fromkeys(each.operator for each in lapsed):
            busy = self._busy.miss(login, holds=bool(self._router.held(login)))
            for each in lapsed:
                if each.operator == login:
                    self._end(each, OfferEnd.EXPIRED, MISSED if busy else "")
            if busy:
                self._paused[login] = asyncio.get_running_loop().call_later(PAUSE_S, self._resume, (login,))
                continue
            # Operators who did not answer get no more offers until they set their presence, so that citizens do not wait for them.
            self._presence[login] = Presence.BREAK
            self.on_presence(login, Presence.BREAK)
        self._offer(offers)

    def _resume(self, logins: Iterable[str]) -> None:
        """Operators who missed an offer in a talk are offered conversations again."""
        for login in list(logins):
            self._end_pause(login)
            if self.presence(login) is Presence.READY:
                self._offer(self._router.present(login, self._skills(self._operators[login]), self._now()))

    def _end_pause(self, login: str) -> None:
        if pause := self._paused.pop(login, None):
            pause.cancel()

    def _set_timer(self) -> None:
        if self._timer:
            self._timer.cancel()
        self._timer = None
        if (due := self._router.next_event()) is not None:
            self._timer = asyncio.get_running_loop().call_later(max(due - self._now(), 0), self._advance)

    def _skills(self, operator: Operator) -> Skills:
        queues = tuple(queue for queue in operator.queues if self.works(operator, queue))
        homes = {self._queues[queue].home for queue in queues if queue in self._queues}
        helps = (each.id for each in self._queues.values() if each.home in homes and self.works(operator, each.id))
        return skills(dict(skills_of(replace(operator, queues=queues))) | {helps_out(queue): 1 for queue in helps})

    def _journal(self, conversation: int, entry: Offered | OfferEnded) -> None:
        self._tasks.spawn(self._write(conversation, entry))

    async def _write(self, conversation: int, entry: Offered | OfferEnded) -> None:
        try:
            await self._sequencer.committed_step(await self._sequencer.load(conversation), (entry,))
        except OknoError as error:
            log.warning("offer not recorded in the conversation's journal", extra={"conversation": conversation, "why": str(error)})

    def _line_moved(self, head: Conversation) -> None:
        """The following citizens move up: updates are collected for a moment."""
        stands_in = head.holder.queue if isinstance(head.holder, InQueue) else ""
        self._moved |= {self._lines.pop(head.id, ""), stands_in} - {""}
        if stands_in:
            self._lines[head.id] = stands_in
        if self._line_timer is None:
            self._line_timer = asyncio.get_running_loop().call_later(LINE_PAUSE_S, self._tell_lines)

    def _tell_lines(self) -> None:
        self._line_timer = None
        queues, self._moved = self._moved, set()
        for queue in queues:
            for conversation in self._router.line(queue):
                live = self._sequencer.active(conversation)
                if live is not None:
                    self.on_moved(live.head, self.standing(live.head))

    def _waiting(self, head: Conversation, holder: InQueue, shunned: str = "") -> Waiting:
        cost, patience, now = self._sequencer.traits.of(head.address).cost, self._patience, self._sequencer.now()
        queue = self._queues.get(holder.queue) or Queue(holder.queue, holder.queue)
        remembered = head.served is not None and now - head.served <= timedelta(hours=patience.last_operator_h)
        urgent, language, first = head.danger is not None, head.citizen.language, self.priority(head)
        ahead_s = (first.wait_s if first else 0.0) - (YIELDS_S if holder.yields or holder.left else 0.0)
        return Waiting(
            head.id, holder.queue, holder.since.timestamp(), cost,
            urgent_rings(holder.queue, language) if urgent else rings(queue, language),
            URGENT_S if urgent else queue.priority_s + ahead_s,
            patience.call_s if cost == CAPACITY and not holder.left else patience.offer_s, holder.wanted, shunned,
            head.served_by if remembered else "", (first.title or first.cause) if first else "", urgent)

    def _now(self) -> float:
        return self._sequencer.now().timestamp()


def moment(seconds: float) -> datetime:
    """A time of the router as used in the journal and at the desks."""
    return datetime.fromtimestamp(seconds, UTC)
