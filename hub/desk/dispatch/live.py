"""Live updates of offers, presence and slow queues."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from math import isinf

from hub.access.authorization import Authorization
from hub.access.operator import Operator, Presence
from hub.actions.conversation_actions import Actions
from hub.conversations.assignment_reason import AssignmentRule, sentence
from hub.conversations.conversation import Conversation, InQueue
from hub.conversations.journal import HandedOver, StoredEvent
from hub.conversations.message import Message
from hub.conversations.ports import Commit
from hub.conversations.sequencer import ConversationSequencer, LiveConversation
from hub.conversations.talk_clocks import WaitAlarm
from hub.desk.conversations.live_rows import LiveRows
from hub.desk.conversations.redaction import Veil
from hub.desk.conversations.rows import ConversationRows
from hub.desk.dispatch.frames import Hello, LongWait, OfferGone, OfferMade, OfferProlonged, PresenceChanged, Transferred, Writing
from hub.desk.live.lists import Lists
from hub.desk.live.open_desks import OpenDesk, OpenDesks
from hub.desk.live.room import LiveRoom
from hub.desk.organisation.scope import CentreScope
from hub.dispatch.dispatcher import Dispatch, OfferNews, moment
from hub.dispatch.offer import Offer
from hub.dispatch.overflow import OverflowRouter
from hub.kernel.background_tasks import BackgroundTasks
from hub.telephony.wrap_up import WrapUp

GRACE_S = 30
"""A desk disconnected for longer is offline."""


class LivePresence(LiveRoom):
    sends = (Hello, PresenceChanged)

    def __init__(self, desks: OpenDesks, dispatch: Dispatch, wrap_up: WrapUp, authorization: Authorization, lists: Lists) -> None:
        self._desks, self._dispatch, self._wrap_up, self._authorization, self._lists = desks, dispatch, wrap_up, authorization, lists
        self._graces: dict[str, asyncio.TimerHandle] = {}

    def subscribe(self) -> None:
        self._dispatch.on_presence.subscribe(self.changed)

    def greet(self, desk: OpenDesk) -> None:
        login = desk.who.login
        if grace := self._graces.pop(login, None):
            grace.cancel()
        desk.push(Hello(self._dispatch.presence(login), self._wrap_up.until(login)))

    def changed(self, login: str, presence: Presence) -> None:
        who = self._dispatch.operator(login)
        queues = (who.queues if who else ()) or ("",)
        colleagues = {each for each in self._desks.lookers if any(self._authorization.covers(each.who, queue) for queue in queues)}
        for desk in self._desks.of(login) | colleagues:
            desk.push(PresenceChanged(login, presence, self._wrap_up.until(login)))
        self._lists.tell("floor_people")
        self._lists.tell("operators")

    def leave(self, desk: OpenDesk, watched: int) -> None:
        del watched
        login = desk.who.login
        if not self._desks.of(login) and self._dispatch.presence(login) is not Presence.OFFLINE:
            self._graces[login] = asyncio.get_running_loop().call_later(GRACE_S, self._gone, desk.who)

    def _gone(self, who: Operator) -> None:
        self._graces.pop(who.login, None)
        self._dispatch.set_presence(self._dispatch.operator(who.login) or who, Presence.OFFLINE)

    async def close(self) -> None:
        for timer in self._graces.values():
            timer.cancel()


class LiveOffers(LiveRoom):
    sends = (OfferMade, OfferProlonged, OfferGone, Transferred)
    hears = (Writing,)

    def __init__(self, desks: OpenDesks, dispatch: Dispatch, sequencer: ConversationSequencer, actions: Actions, rows: ConversationRows,
                 veil: Veil, live_rows: LiveRows) -> None:
        self._desks, self._dispatch, self._sequencer, self._actions = desks, dispatch, sequencer, actions
        self._rows, self._veil, self._live_rows = rows, veil, live_rows
        self._tasks = BackgroundTasks()

    def subscribe(self) -> None:
        self._dispatch.on_offer.subscribe(self.offer)
        self._dispatch.on_prolonged.subscribe(self.prolong)
        self._sequencer.on_commit.show.subscribe(self.committed)

    async def hear(self, desk: OpenDesk, frame: Writing) -> None:
        del frame
        self._dispatch.typed(desk.who.login)

    def committed(self, live: LiveConversation, change: Commit) -> None:
        """Listener of the sequencer: a personal transfer that cannot be offered yet is announced."""
        holder = live.head.holder
        if change.head is None or not isinstance(holder, InQueue) or not holder.wanted or self._dispatch.is_offered(live.head.id):
            return
        if desks := self._desks.of(holder.wanted):
            by, note = _sent(change.records)
            self._tasks.spawn(self._announce(desks, live.head, self._dispatch.name(by), note))

    async def _announce(self, desks: set[OpenDesk], head: Conversation, by: str, note: str) -> None:
        row = (await self._rows.rows([head]))[0]
        for desk in desks:
            desk.push(Transferred(self._veil.row(desk.who, row, head), by, note))

    def prolong(self, offer: Offer) -> None:
        for desk in self._desks.of(offer.operator):
            desk.push(OfferProlonged(str(offer.conversation), moment(offer.until)))

    def greet(self, desk: OpenDesk) -> None:
        for offer in self._dispatch.offered_to(desk.who.login):
            self._tasks.spawn(self._make({desk}, offer))

    def offer(self, news: OfferNews) -> None:
        desks = self._desks.of(news.offer.operator)
        if not desks:
            return
        if news.how:
            for desk in desks:
                desk.push(OfferGone(str(news.offer.conversation), news.how))
            self._live_rows.tell(news.offer.conversation, news.offer.operator)
        elif isinstance(news.offer, Offer):
            self._tasks.spawn(self._make(desks, news.offer))

    async def _make(self, desks: set[OpenDesk], offer: Offer) -> None:
        head = (await self._sequencer.load(offer.conversation)).head
        row = (await self._rows.rows([head]))[0]
        by, note = _sent((await self._sequencer.tails([head])).get(head.id, ())) if offer.why.rule is AssignmentRule.WANTED else ("", "")
        why = sentence(offer.why, self._dispatch.name(offer.operator), "")
        if offer in self._dispatch.offered_to(offer.operator):
            until = moment(offer.until)
            seconds = max(round((until - self._sequencer.now()) / timedelta(seconds=1)), 0)
            for desk in desks:
                if self._actions.sees(desk.who, head):
                    desk.push(OfferMade(self._veil.row(desk.who, row, head), until, seconds, why, self._dispatch.name(by), note))

    async def close(self) -> None:
        await self._tasks.cancel()


def _sent(records: Sequence[StoredEvent]) -> tuple[str, str]:
    """Who transferred it last, and their note."""
    at = next((n for n in reversed(range(len(records))) if isinstance(records[n].entry, HandedOver)), 0)
    by = entry.by if records and isinstance(entry := records[at].entry, HandedOver) else ""
    before = records[at - 1].entry if at else None
    noted = isinstance(before, Message) and before.internal and before.by == by
    return by, before.text if noted and isinstance(before, Message) else ""


class LiveQueues(LiveRoom):
    sends = (LongWait,)

    def __init__(self, desks: OpenDesks, scope: CentreScope, overflow: OverflowRouter) -> None:
        self._desks, self._scope, self._overflow = desks, scope, overflow

    def subscribe(self) -> None:
        self._overflow.on_wait.subscribe(self.wait)

    def wait(self, queue: str, alarm: WaitAlarm) -> None:
        """The alarm of a slow line, for those with SEE_ALL."""
        frame = LongWait(queue, None if isinf(alarm.predicted_s) else round(alarm.predicted_s), alarm.waiting)
        for desk in self._desks.lookers:
            if queue in self._scope.lines(desk.who):
                desk.push(frame)
