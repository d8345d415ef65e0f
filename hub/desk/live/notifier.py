"""The live side of the desk: what is committed reaches every screen that shows it, without a refresh."""

import asyncio
from collections.abc import Iterable
from datetime import timedelta
from math import isinf
from typing import get_args

import msgspec
from aiohttp import WSMsgType, web

from hub.access.break_glass import BreakGlassCredential
from hub.access.operator import Operator, Presence, SignIn
from hub.access.permissions import Permission, declared
from hub.actions.mention import Mention
from hub.appointments.appointment import Appointment
from hub.cases import recommendation_service
from hub.cases.case import Case
from hub.cases.recommendation import Recommendation
from hub.cases.referral import Referral
from hub.conversations.attachments import Quarantined
from hub.conversations.conversation import Conversation, WithBot, WithOperator, held_by, shown_to
from hub.conversations.identities import plain
from hub.conversations.journal import Alarmed
from hub.conversations.live_signals import Checked, LiveSignal, Moved, OperatorSaw, OperatorTyping
from hub.conversations.ports import Channel, Commit
from hub.conversations.sequencer import LiveConversation
from hub.conversations.talk_clocks import ClockStage, WaitAlarm
from hub.desk.actions.script_runs import name_of
from hub.desk.appointments.endpoints import appointment_out
from hub.desk.cases.endpoints import case_out
from hub.desk.cases.outdated_notices import flag_changed
from hub.desk.conversations.redaction import gone
from hub.desk.desk import Desk
from hub.desk.http.wire import ColleagueOut, ConversationOut
from hub.desk.live.frames import (
    AccountChanged,
    Added,
    Announced,
    AppointmentChanged,
    CaseAlarm,
    CaseChanged,
    Changed,
    ChannelsChanged,
    CitizenSaw,
    Counts,
    FileChecked,
    FromDesk,
    GlassBroken,
    Hello,
    LongWait,
    LookingChanged,
    Mentioned,
    Noticed,
    OfferGone,
    OfferMade,
    PersonChanged,
    PresenceChanged,
    PromiseAlarm,
    RecommendationChanged,
    ReferralAlarm,
    RobotChanged,
    Saw,
    SeniorAsked,
    SeniorGone,
    ShowFloor,
    SignedOut,
    TalkStage,
    ToDesk,
    Typing,
    TypingSeen,
    WalkChanged,
    Watch,
    Wrong,
    id_of,
)
from hub.desk.live.lists import Lists
from hub.desk.live.open_desks import OpenDesk, OpenDesks
from hub.desk.monitoring.channels import channels_out
from hub.desk.monitoring.floor import FloorScreens
from hub.desk.notifications.announcements import announcement_out
from hub.desk.notifications.notices import notice_out
from hub.desk.sign_in.sessions import OVER
from hub.dispatch.dispatcher import OfferNews, moment
from hub.dispatch.offer import Offer
from hub.kernel.background_tasks import BackgroundTasks
from hub.kernel.errors import RefusedError, StoreError
from hub.kernel.web import bodies
from hub.knowledge.outdated_flag import OutdatedReport
from hub.knowledge.scripts.script_run import ScriptRun
from hub.monitoring.channel_health import ChannelStatus
from hub.notifications.announcement import Announcement
from hub.notifications.notice import Notice

TOGETHER_S = 0.1
"""Changes of this long are told together: a busy conversation is read once, not once a message."""
GRACE_S = 30
"""A desk that has lost its line for longer is offline."""
FRAME_LIMIT = 1 << 16

_decode = msgspec.json.Decoder(FromDesk).decode


class DeskNotifier:
    """All open desks of this hub, and who of them is told what."""

    def __init__(self, desk: Desk, channels: dict[str, Channel]) -> None:
        """Raises UndeclaredError where a frame says of nothing who may get or send it."""
        for frame in (*get_args(ToDesk), *get_args(FromDesk)):
            declared(frame.__name__, getattr(frame, "needs", ()))
        self._desk, self._channels = desk, channels
        self._screens = OpenDesks()
        desk.looking = self._looking
        self.lists = Lists(self._screens, desk.authorization)
        self.floor = FloorScreens(desk)
        self._changed: dict[int, set[str]] = {}
        """Conversations to tell of, with logins that are told besides: of whoever has just lost one."""
        self._moved: set[int] = set()
        """Those of them by which anybody's numbers may be others: what is merely said changes none."""
        self._counting = False
        """Whether everybody is to be told how many there are."""
        self._timer: asyncio.TimerHandle | None = None
        self._graces: dict[str, asyncio.TimerHandle] = {}
        self._noticing = asyncio.Lock()
        self._rows_in_turn = asyncio.Lock()
        self._tasks = BackgroundTasks()
        self._closing = False

    def committed(self, live: LiveConversation, change: Commit) -> None:
        """A listener of the lanes; cheap when nobody looks."""
        if not self._screens.all:
            return
        shown = self._shown_in(change.conversation)
        for screen in self._screens.watching(change.conversation) | self._screens.watching(shown):
            if self._sees(screen, live.head):
                for record in change.records:
                    screen.push(Added(self._desk.shown(screen.who, live.head, record)))
        for record in change.records:
            if isinstance(record.entry, Alarmed) and (owed := live.head.promise):
                self._alarm(live.head, PromiseAlarm(str(live.head.id), live.head.number, record.entry.percent, owed.due))
        moved = change.head is not None
        if moved or not isinstance(live.head.holder, WithBot):
            if not moved and self._told_at_once(live):
                return
            for conversation in {change.conversation, shown}:
                self.tell(conversation, moved=moved)

    def _told_at_once(self, live: LiveConversation) -> bool:
        """Tell of what was merely said together with it: one write to a desk. Not where it must be read, or was told just now."""
        head, now = live.head, asyncio.get_running_loop().time()
        if (not live.tail or live.told_at + TOGETHER_S > now or head.parts or head.merged is not None or head.id in self._changed
                or self._rows_in_turn.locked()):
            return False
        self._tell_row(live, head, self._desk.row(head, live.tail))
        return True

    def _alarm(self, head: Conversation, alarm: PromiseAlarm) -> None:
        for screen in self._screens.concerned(head):
            if self._sees(screen, head):
                screen.push(alarm)

    def _shown_in(self, conversation: int) -> int:
        """Where its timeline is shown: itself, or the one that it goes on in."""
        live = self._desk.sequencer.active(conversation)
        return self._desk.actions.kept(live.head).id if live else conversation

    def checked(self, held: Quarantined) -> None:
        """A file can be opened now, or cannot: told to whoever has it before his eyes, the citizen, too."""
        shown = self._shown_in(held.conversation)
        told = FileChecked(str(shown), held.file, held.state, held.found)
        live = self._desk.sequencer.active(held.conversation)
        for screen in self._screens.watching(shown):
            if live and self._sees(screen, live.head) and self._desk.authorization.knows(screen.who, live.head.queue):
                screen.push(told)
        for channel in self._channels.values():
            channel.signal(held.conversation, Checked(held.file, held.state.told))

    def tell(self, conversation: int, also: str = "", *, moved: bool = True) -> None:
        """A row of the list has changed; `also` is told besides whoever has it in his views."""
        others = self._changed.setdefault(conversation, set())
        if moved:
            self._moved.add(conversation)
        if also:
            others.add(also)
        self._tell_soon()

    def count(self) -> None:
        """The numbers beside everybody's views may be others."""
        self._counting = True
        self._tell_soon()

    def _tell_soon(self) -> None:
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(TOGETHER_S, self._start_telling)

    def _start_telling(self) -> None:
        self._timer = None
        changed, self._changed = self._changed, {}
        moved, self._moved = self._moved, set()
        counting, self._counting = self._counting, False
        self._tasks.spawn(self._tell(changed, moved, self._screens.all if counting else ()))

    async def _tell(self, changed: dict[int, set[str]], moved: set[int], others: Iterable[OpenDesk]) -> None:
        """Tell of changed conversations whoever has them in a view; of those that `moved` him and `others` how many there are."""
        async with self._rows_in_turn:  # rows that took longer to read must not come after newer ones
            sequencer = [live for c in changed if (live := self._desk.sequencer.active(c))]
            heads = [live.head for live in sequencer]
            rows = await self._desk.rows(heads)
            counting = set(others)
            for live, head, row in zip(sequencer, heads, rows, strict=True):
                screens = self._tell_row(live, head, row, changed[head.id])
                if head.id in moved:
                    counting |= screens
            for screen in counting:
                screen.count(self._counts(screen.who))

    def _tell_row(self, live: LiveConversation, head: Conversation, row: ConversationOut, also: Iterable[str] = ()) -> set[OpenDesk]:
        """Tell of a row whom it concerns; who that is."""
        before, live.shown, live.told_at = live.shown, shown_to(head), asyncio.get_running_loop().time()
        screens = self._screens.concerned(head, before, also)
        for screen in screens:
            if self._sees(screen, head):
                screen.push(Changed(self._desk.seen_by(screen.who, row, head)))
            elif screen.watched == head.id or screen not in self._screens.lookers:
                screen.push(Changed(gone(row), gone=True))
        return screens

    def _counts(self, who: Operator) -> Counts:
        dispatch = self._desk.dispatch
        lines, everything = self._desk.lines(who), self._desk.authorization.may(who, Permission.SEE_ALL)
        waiting = sum(dispatch.length(queue) for queue in lines)
        snoozed = len(self._desk.snooze_service.by(who.login))
        promises = self._desk.promises
        owed, at_risk = (each.count(who.login, lines, everything=everything) for each in (promises.owed, promises.at_risk))
        near = self._desk.near_cases.count(lines) if self._desk.authorization.may(who, Permission.WORK_CASES) else 0
        return Counts(dispatch.held(who.login) - snoozed, waiting, len(dispatch.offered_to(who.login)), snoozed,
                      len(self._desk.mention_service.of(who)), owed, at_risk + near)

    def _sees(self, screen: OpenDesk, head: Conversation) -> bool:
        return self._desk.actions.sees(screen.who, head)

    def offer(self, news: OfferNews) -> None:
        screens = self._screens.of(news.offer.operator)
        if not screens:
            return
        if news.how:
            for screen in screens:
                screen.push(OfferGone(str(news.offer.conversation), news.how))
            self.tell(news.offer.conversation, news.offer.operator)
        elif isinstance(news.offer, Offer):
            self._tasks.spawn(self._make_offer(screens, news.offer))

    async def _make_offer(self, screens: set[OpenDesk], offer: Offer) -> None:
        head = (await self._desk.sequencer.load(offer.conversation)).head
        row = (await self._desk.rows([head]))[0]
        if offer in self._desk.dispatch.offered_to(offer.operator):
            until = moment(offer.until)
            seconds = max(round((until - self._desk.now()) / timedelta(seconds=1)), 0)
            for screen in screens:
                if self._sees(screen, head):
                    screen.push(OfferMade(self._desk.seen_by(screen.who, row, head), until, seconds))

    def mentioned(self, mention: Mention) -> None:
        """A note speaks of somebody: told to his desks, wherever he is."""
        if screens := self._screens.of(mention.login):
            self._tasks.spawn(self._tell_mention(screens, mention))
        self.tell(mention.conversation, mention.login)

    async def _tell_mention(self, screens: set[OpenDesk], mention: Mention) -> None:
        head = (await self._desk.sequencer.load(mention.conversation)).head
        row = (await self._desk.rows([head]))[0]
        for screen in screens:
            if self._sees(screen, head):
                screen.push(Mentioned(self._desk.seen_by(screen.who, row, head), self._desk.dispatch.name(mention.by), mention.at))

    def _looking(self, conversation: int) -> list[ColleagueOut]:
        there = {screen.who.login: screen.who.name for screen in self._screens.watching(conversation)}
        return [ColleagueOut(login, name) for login, name in sorted(there.items(), key=lambda each: each[::-1])]

    def _looks_change(self, *conversations: int) -> None:
        """Somebody has opened or left them."""
        for conversation in () if self._closing else filter(None, conversations):
            self._tasks.spawn(self._tell_looking(conversation))

    async def _tell_looking(self, conversation: int) -> None:
        head = (await self._desk.sequencer.load(conversation)).head
        told = LookingChanged(str(conversation), self._looking(conversation))
        for screen in self._screens.concerned(head):
            if self._sees(screen, head):
                screen.push(told)

    def presence(self, login: str, presence: Presence) -> None:
        who, authorization = self._desk.dispatch.operator(login), self._desk.authorization
        queues = (who.queues if who else ()) or ("",)
        colleagues = {each for each in self._screens.lookers if any(authorization.covers(each.who, queue) for queue in queues)}
        for screen in self._screens.of(login) | colleagues:
            screen.push(PresenceChanged(login, presence, self._desk.wrap_up.until(login)))
        self.lists.tell("floor_people")
        self.lists.tell("operators")

    def case(self, case: Case) -> None:
        for screen in self._screens.all:
            if self._desk.cases.work.sees(screen.who, case):
                screen.push(CaseChanged(case_out(self._desk, case)))

    def appointment(self, made: Appointment) -> None:
        for screen in self._screens.all:
            if self._desk.appointments.work.sees(screen.who, made):
                screen.push(AppointmentChanged(appointment_out(self._desk, made)))

    def case_alarm(self, case: Case, percent: int) -> None:
        alarm = CaseAlarm(case.number, percent, case.due)
        for screen in self._screens.lookers | self._screens.of(case.worker):
            if self._desk.cases.work.sees(screen.who, case):
                screen.push(alarm)

    def referral_alarm(self, referral: Referral) -> None:
        """No receipt has come for what was sent: told to those who see everything of the line that answers for the case."""
        alarm = ReferralAlarm(referral.case, referral.authority, referral.state, referral.due)
        for screen in self._screens.lookers:
            authorization = self._desk.authorization
            if authorization.may(screen.who, Permission.WORK_CASES) and authorization.covers(screen.who, referral.home):
                screen.push(alarm)

    def advised(self, recommendation: Recommendation) -> None:
        for screen in self._screens.all:
            may = self._desk.authorization.may(screen.who, Permission.ADVISE)
            if may and recommendation_service.sees(recommendation.selection, self._desk.lines(screen.who)):
                screen.push(RecommendationChanged(recommendation.id))

    def flag(self, flag: OutdatedReport) -> None:
        for screen in self._screens.all:
            screen.push(flag_changed(flag, screen.who.login))

    def walk(self, walk: ScriptRun, *, gone: bool = False) -> None:
        """A script was begun, walked or given up: told to whoever has its conversation before his eyes."""
        live = self._desk.sequencer.active(walk.conversation)
        told = WalkChanged(str(walk.conversation), name_of(walk), None if gone else len(walk.moves))
        for screen in self._screens.watching(walk.conversation):
            if live and self._sees(screen, live.head):
                screen.push(told)

    def wait(self, queue: str, alarm: WaitAlarm) -> None:
        """Tell those who see everything that a line will be too slow."""
        frame = LongWait(queue, None if isinf(alarm.predicted_s) else round(alarm.predicted_s), alarm.waiting)
        for screen in self._screens.lookers:
            if queue in self._desk.lines(screen.who):
                screen.push(frame)

    def glass(self, envelope: BreakGlassCredential) -> None:
        """Tell all who lead that the break-glass account was opened."""
        for screen in self._screens.all:
            self._tell_glass(screen, envelope)

    def _tell_glass(self, screen: OpenDesk, envelope: BreakGlassCredential | None) -> None:
        until = envelope.open_until(self._desk.now()) if envelope else None
        if envelope and envelope.used and until:
            screen.push(GlassBroken(envelope.used, until, envelope.source))

    def beats(self, beats: list[ChannelStatus]) -> None:
        """The channels are others than they were."""
        self.channels()
        self.floor.beats(beats)

    def channels(self) -> None:
        """Tell those who see everything how the channels are."""
        beats = self._desk.channel_monitor.beats()
        for screen in self._screens.lookers:
            screen.push(ChannelsChanged(channels_out(self._desk, screen.who, beats)))

    def stage(self, head: Conversation, reached: ClockStage) -> None:
        """Tell the operator of a talk how far it has come."""
        if isinstance(head.holder, WithOperator):
            for screen in self._screens.of(head.holder.operator):
                screen.push(TalkStage(str(head.id), reached))

    def senior(self, head: Conversation) -> None:
        """A senior is asked to come, or needed no more: told to those of the centre."""
        asked = self._desk.supervision.asked(head.id)
        if screens := {screen for screen in self._screens.all if not asked or self._desk.supervision.may_listen(screen.who, head)}:
            self._tasks.spawn(self._tell_seniors(screens, head.id))

    async def _tell_seniors(self, screens: set[OpenDesk], conversation: int) -> None:
        head = (await self._desk.sequencer.load(conversation)).head
        row = (await self._desk.rows([head]))[0]
        asked = self._desk.supervision.asked(conversation)
        for screen in screens:
            if not asked:
                screen.push(SeniorGone(str(conversation)))
            elif self._desk.supervision.may_listen(screen.who, head):
                screen.push(SeniorAsked(self._desk.seen_by(screen.who, row, head)))

    def announced(self, announcement: Announcement) -> None:
        told = Announced(announcement_out(self._desk, announcement))
        for screen in self._screens.all:
            screen.push(told)

    def noticed(self, notice: Notice) -> None:
        """A notice was sent, or something became of it: told to those who may send them."""
        if any(self._desk.authorization.may(screen.who, Permission.NOTIFY) for screen in self._screens.all):
            self._tasks.spawn(self._notice(notice))

    async def _notice(self, notice: Notice) -> None:
        async with self._noticing:  # what is read later is told later
            told = Noticed(await notice_out(self._desk, notice))
        for screen in self._screens.all:
            if self._desk.ours(screen.who, notice.by):
                screen.push(told)

    def robot(self) -> None:
        """The versions, the draft or the work on it have changed: told to those who edit dialogues, and who approve."""
        if any(self._desk.authorization.may(screen.who, need) for screen in self._screens.all for need in RobotChanged.needs):
            self._tasks.spawn(self._tell_robot())

    async def _tell_robot(self) -> None:
        draft = await self._desk.drafts.draft()
        project, approved = (draft.project, draft.approved_by) if draft else ("", "")
        told = RobotChanged(self._desk.publishing.current, project, approved, self._desk.training_jobs.job)
        for screen in self._screens.all:
            screen.push(told)

    def joined(self, addresses: frozenset[str]) -> None:
        """Tell the desks that show a conversation at one of these addresses that its citizen is known otherwise now."""
        for conversation in self._screens.watched():
            if (live := self._desk.sequencer.active(conversation)) and plain(live.head.address) in addresses:
                for screen in self._screens.watching(conversation):
                    screen.push(PersonChanged(str(conversation)))

    def demanded(self, conversation: int) -> None:
        """Tell the desks that show a conversation that its citizen's consents or demands are others now."""
        for screen in self._screens.watching(conversation):
            screen.push(PersonChanged(str(conversation)))

    def moved(self, head: Conversation, moved: Moved) -> None:
        """Tell the citizen's side who holds the conversation, and its place in line."""
        self._signal(head, moved)
        for part in self._desk.merging.at_hand(head):
            self._signal(part.head, self._desk.dispatch.standing(part.head))

    def _signal(self, head: Conversation, signal: LiveSignal) -> None:
        """To the citizen's side, unless its channel is configured no more."""
        if channel := self._channels.get(head.address.channel):
            channel.signal(head.id, signal)

    def citizen_typing(self, conversation: int) -> None:
        if live := self._desk.sequencer.active(conversation):
            live.citizen_typed = self._desk.now()
        shown = self._shown_in(conversation)
        for screen in self._screens.watching(shown):
            screen.push(TypingSeen(str(shown), ""))

    def citizen_saw(self, live: LiveConversation) -> None:
        for screen in self._screens.watching(live.head.id):
            screen.push(CitizenSaw(str(live.head.id), str(live.seen_by_citizen)))

    def signed_out(self, sign_in: SignIn) -> None:
        for screen in self._screens.of(sign_in.login):
            if screen.sign_in.token == sign_in.token:
                screen.push(SignedOut())
                screen.end()
        self.lists.tell("security", sign_in.login)

    def renew(self, operator: Operator) -> None:
        """An account was changed: the desks that are open show what it now may."""
        for screen in self._screens.of(operator.login):
            watched = screen.watched
            self._screens.leave(screen)
            screen.who = operator
            self._screens.enter(screen)
            self._screens.watch(screen, watched)
            screen.push(AccountChanged())
            screen.count(self._counts(operator))

    def settled(self) -> None:
        """Lines are other ones now: every desk that is open asks for them anew."""
        for screen in self._screens.all:
            screen.push(AccountChanged())

    async def serve(self, request: web.Request, who: Operator, sign_in: SignIn) -> web.StreamResponse:
        """One desk's socket, from its first frame to its last."""
        response = web.WebSocketResponse(compress=False, max_msg_size=FRAME_LIMIT, heartbeat=20)
        screen = OpenDesk(who, sign_in, self._desk.authorization)
        self._watch_end(screen)
        self._enter(screen)  # before anything is waited for: a change of the account meanwhile would pass it by
        screen.push(Hello(self._desk.dispatch.presence(who.login), self._desk.wrap_up.until(who.login)))
        screen.count(self._counts(who))
        self._tell_glass(screen, self._desk.sessions.emergency.opened)
        for flag in self._desk.flagging.untold(who.login):
            screen.push(flag_changed(flag, who.login))
        try:
            await response.prepare(request)
            await self._listen(screen, response, request.transport)
        finally:
            self._leave(screen)
            screen.forget_end()
        return response

    def _watch_end(self, screen: OpenDesk) -> None:
        """A socket makes no requests by which the end of its session would be noticed."""
        left_s = (self._desk.sessions.idle.until(screen.sign_in) - self._desk.now()).total_seconds()
        if left_s > 0:
            screen.ends = asyncio.get_running_loop().call_later(left_s, self._watch_end, screen)
        else:
            self._tasks.spawn(self._desk.sessions.sign_out(screen.sign_in, OVER))

    async def _listen(self, screen: OpenDesk, response: web.WebSocketResponse, transport: asyncio.Transport | None) -> None:
        if self._closing:
            screen.end()
        writer = asyncio.create_task(screen.write(response, transport))
        try:
            for offer in self._desk.dispatch.offered_to(screen.who.login):
                self._tasks.spawn(self._make_offer({screen}, offer))
            for conversation in self._desk.supervision.asks():
                self._tasks.spawn(self._tell_seniors({screen}, conversation))
            for mention, _ in self._desk.mention_service.of(screen.who):
                self._tasks.spawn(self._tell_mention({screen}, mention))
            async for message in response:
                self._desk.sessions.idle.touch(screen.sign_in)
                if message.type is WSMsgType.TEXT:
                    await self._receive(screen, message.data)
                else:
                    screen.push(Wrong("bad_frame", "Ожидается текст JSON."))
        finally:
            writer.cancel()

    async def _receive(self, screen: OpenDesk, data: str) -> None:
        try:
            received = _decode(data)
            number = 0 if isinstance(received, ShowFloor) else id_of(received.conversation or "0")
            if (refusal := screen.refusal(received)) is not None:
                screen.push(Wrong(refusal.code, refusal.text))
                return
            match received:
                case Watch():
                    await self._watch(screen, number)
                case Typing():
                    self._typing(screen, number)
                case Saw(id=record):
                    self._saw(screen, number, id_of(record))
                case ShowFloor(on=on):
                    self.floor.show(screen, on=on)
        except (*bodies.UNREADABLE, ValueError) as error:
            screen.push(Wrong("bad_frame", f"Кадр не понят: {error}"))
        except (RefusedError, StoreError, KeyError) as error:
            screen.push(Wrong(getattr(error, "code", "unavailable"), str(error)))

    async def _watch(self, screen: OpenDesk, conversation: int) -> None:
        before = screen.watched
        self._screens.watch(screen, 0)
        self._looks_change(before)
        if conversation:
            await self._desk.actions.open(screen.who, conversation)
            self._screens.watch(screen, conversation)
            self._looks_change(conversation)

    def _typing(self, screen: OpenDesk, conversation: int) -> None:
        live = self._desk.sequencer.active(conversation)
        if live and held_by(live.head, screen.who.login):
            self._signal(live.head, OperatorTyping())
            for other in self._screens.concerned(live.head) - {screen}:
                if self._sees(other, live.head):
                    other.push(TypingSeen(str(conversation), screen.who.login))

    def _saw(self, screen: OpenDesk, conversation: int, record: int) -> None:
        live = self._desk.sequencer.active(conversation)
        if live is None or screen.watched != conversation or not held_by(live.head, screen.who.login):
            return
        # Of several that are read as one, the ids tell which of each were.
        sequencer = [live, *self._desk.merging.at_hand(live.head)]
        if live.seen_by_operator < record <= max(each.head.last for each in sequencer):
            for each in sequencer:
                each.seen_by_operator = record
                self._signal(each.head, OperatorSaw(record))
            self.tell(conversation)

    def _enter(self, screen: OpenDesk) -> None:
        self._screens.enter(screen)
        if grace := self._graces.pop(screen.who.login, None):
            grace.cancel()

    def _leave(self, screen: OpenDesk) -> None:
        watched = screen.watched
        self._screens.leave(screen)
        self._looks_change(watched)
        self.floor.leave(screen)
        if not self._screens.of(screen.who.login) and self._desk.dispatch.presence(screen.who.login) is not Presence.OFFLINE:
            self._graces[screen.who.login] = asyncio.get_running_loop().call_later(GRACE_S, self._gone, screen.who)

    def _gone(self, who: Operator) -> None:
        self._graces.pop(who.login, None)
        self._desk.dispatch.set_presence(self._desk.dispatch.operator(who.login) or who, Presence.OFFLINE)

    async def close(self) -> None:
        """Send all desks away; those that come while the port is still open, too."""
        self._closing = True
        self.lists.close()
        for timer in (self._timer, *self._graces.values()):
            if timer:
                timer.cancel()
        for screen in list(self._screens.all):
            screen.end()
        await self._tasks.cancel()
