"""Live updates of offers, presence and slow queues."""

import asyncio
from datetime import timedelta
from math import isinf

from hub.access.authorization import Authorization
from hub.access.operator import Operator, Presence
from hub.actions.conversation_actions import Actions
from hub.conversations.sequencer import ConversationSequencer
from hub.conversations.talk_clocks import WaitAlarm
from hub.desk.conversations.live_rows import LiveRows
from hub.desk.conversations.redaction import Veil
from hub.desk.conversations.rows import ConversationRows
from hub.desk.dispatch.frames import Hello, LongWait, OfferGone, OfferMade, PresenceChanged
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
    sends = (OfferMade, OfferGone)

    def __init__(self, desks: OpenDesks, dispatch: Dispatch, sequencer: ConversationSequencer, actions: Actions, rows: ConversationRows,
                 veil: Veil, live_rows: LiveRows) -> None:
        self._desks, self._dispatch, self._sequencer, self._actions = desks, dispatch, sequencer, actions
        self._rows, self._veil, self._live_rows = rows, veil, live_rows
        self._tasks = BackgroundTasks()

    def subscribe(self) -> None:
        self._dispatch.on_offer.subscribe(self.offer)

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
        if offer in self._dispatch.offered_to(offer.operator):
            until = moment(offer.until)
            seconds = max(round((until - self._sequencer.now()) / timedelta(seconds=1)), 0)
            for desk in desks:
                if self._actions.sees(desk.who, head):
                    desk.push(OfferMade(self._veil.row(desk.who, row, head), until, seconds))

    async def close(self) -> None:
        await self._tasks.cancel()


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
