"""Live updates of an operator's own work: mentions, followed conversations, promises, clocks of talks, scripts."""

from hub.actions.conversation_actions import Actions
from hub.actions.follow import Follow, News
from hub.actions.follow_service import FollowService
from hub.actions.later_replies import LaterReplies
from hub.actions.later_reply import LaterReply
from hub.actions.mention import Mention
from hub.actions.mention_service import MentionService
from hub.actions.promise_watch import PromiseWatch
from hub.actions.script_runs import ScriptRunner
from hub.actions.snooze_service import SnoozeService
from hub.conversations.conversation import Conversation, WithOperator
from hub.conversations.journal import Alarmed
from hub.conversations.ports import Commit
from hub.conversations.sequencer import ConversationSequencer, LiveConversation
from hub.conversations.talk_clocks import ClockStage
from hub.desk.actions.frames import FollowNews, LaterStopped, Mentioned, PromiseAlarm, TalkStage, WalkChanged
from hub.desk.actions.script_runs import name_of
from hub.desk.conversations.live_rows import LiveRows
from hub.desk.conversations.redaction import Veil
from hub.desk.conversations.rows import ConversationRows
from hub.desk.live.open_desks import OpenDesk, OpenDesks
from hub.desk.live.room import LiveRoom
from hub.dispatch.dispatcher import Dispatch
from hub.kernel.background_tasks import BackgroundTasks
from hub.knowledge.scripts.script_run import ScriptRun


class LiveMentions(LiveRoom):
    sends = (Mentioned,)

    def __init__(self, desks: OpenDesks, mention_service: MentionService, sequencer: ConversationSequencer, actions: Actions,
                 dispatch: Dispatch, rows: ConversationRows, veil: Veil, live_rows: LiveRows) -> None:
        self._desks, self._mention_service, self._sequencer, self._actions = desks, mention_service, sequencer, actions
        self._dispatch, self._rows, self._veil, self._live_rows = dispatch, rows, veil, live_rows
        self._tasks = BackgroundTasks()

    def subscribe(self) -> None:
        self._mention_service.on_mention.subscribe(self.mentioned)
        self._mention_service.on_read.subscribe(self._live_rows.tell)

    def greet(self, desk: OpenDesk) -> None:
        for mention, _ in self._mention_service.of(desk.who):
            self._tasks.spawn(self._tell({desk}, mention))

    def mentioned(self, mention: Mention) -> None:
        """A new mention, for all desks of the operator."""
        if desks := self._desks.of(mention.login):
            self._tasks.spawn(self._tell(desks, mention))
        self._live_rows.tell(mention.conversation, mention.login)

    async def _tell(self, desks: set[OpenDesk], mention: Mention) -> None:
        head = (await self._sequencer.load(mention.conversation)).head
        row = (await self._rows.rows([head]))[0]
        for desk in desks:
            if self._actions.sees(desk.who, head):
                desk.push(Mentioned(self._veil.row(desk.who, row, head), self._dispatch.name(mention.by), mention.at))

    async def close(self) -> None:
        await self._tasks.cancel()


class LiveFollows(LiveRoom):
    sends = (FollowNews,)

    def __init__(self, desks: OpenDesks, follow_service: FollowService, sequencer: ConversationSequencer, actions: Actions,
                 rows: ConversationRows, veil: Veil, live_rows: LiveRows) -> None:
        self._desks, self._follow_service, self._sequencer, self._actions = desks, follow_service, sequencer, actions
        self._rows, self._veil, self._live_rows = rows, veil, live_rows
        self._tasks = BackgroundTasks()

    def subscribe(self) -> None:
        self._follow_service.on_news.subscribe(self.news)
        self._follow_service.on_change.subscribe(self._live_rows.tell)

    def news(self, followed: Follow, news: News) -> None:
        """For all desks of the follower that do not show it at this moment."""
        self._live_rows.tell(followed.conversation, followed.login)
        if desks := self._desks.of(followed.login) - self._desks.watching(followed.conversation):
            self._tasks.spawn(self._tell(desks, followed.conversation, news))

    async def _tell(self, desks: set[OpenDesk], conversation: int, news: News) -> None:
        head = (await self._sequencer.load(conversation)).head
        row = (await self._rows.rows([head]))[0]
        for desk in desks:
            if self._actions.sees(desk.who, head):
                desk.push(FollowNews(self._veil.row(desk.who, row, head), news))

    async def close(self) -> None:
        await self._tasks.cancel()


class LiveWork(LiveRoom):
    sends = (PromiseAlarm, TalkStage, WalkChanged, LaterStopped)

    def __init__(self, desks: OpenDesks, sequencer: ConversationSequencer, actions: Actions, promise_watch: PromiseWatch,
                 snooze_service: SnoozeService, later_replies: LaterReplies, script_runner: ScriptRunner, live_rows: LiveRows) -> None:
        self._desks, self._sequencer, self._actions, self._promise_watch = desks, sequencer, actions, promise_watch
        self._snooze_service, self._later_replies = snooze_service, later_replies
        self._script_runner, self._live_rows = script_runner, live_rows

    def subscribe(self) -> None:
        self._sequencer.on_commit.show.subscribe(self.committed)
        self._promise_watch.on_stage.subscribe(self.stage)
        self._snooze_service.on_change.subscribe(self._live_rows.tell)
        self._later_replies.on_change.subscribe(self._live_rows.tell)
        self._later_replies.on_stop.subscribe(self.stopped)
        self._script_runner.on_change.subscribe(self.walk)
        self._script_runner.on_gone.subscribe(self.walk_gone)

    def committed(self, live: LiveConversation, change: Commit) -> None:
        """Listener of the sequencer; cheap without connected desks."""
        if not self._desks.all:
            return
        for record in change.records:
            if isinstance(record.entry, Alarmed) and (owed := live.head.promise):
                alarm = PromiseAlarm(str(live.head.id), live.head.number, record.entry.percent, owed.due)
                for desk in self._desks.concerned(live.head):
                    if self._actions.sees(desk.who, live.head):
                        desk.push(alarm)

    def stage(self, head: Conversation, reached: ClockStage) -> None:
        """Report the stage of a talk to its operator."""
        if isinstance(head.holder, WithOperator):
            for desk in self._desks.of(head.holder.operator):
                desk.push(TalkStage(str(head.id), reached))

    def stopped(self, reply: LaterReply) -> None:
        """Tell the author of a planned reply that it is not sent."""
        if live := self._sequencer.active(reply.conversation):
            for desk in self._desks.of(reply.operator):
                desk.push(LaterStopped(str(reply.conversation), live.head.number, reply.stopped))

    def walk(self, walk: ScriptRun) -> None:
        """A script was started or advanced: reported to all desks that show its conversation."""
        self._tell_walk(walk, len(walk.moves))

    def walk_gone(self, walk: ScriptRun) -> None:
        """A script was dropped."""
        self._tell_walk(walk, None)

    def _tell_walk(self, walk: ScriptRun, moves: int | None) -> None:
        live = self._sequencer.active(walk.conversation)
        told = WalkChanged(str(walk.conversation), name_of(walk), moves)
        for desk in self._desks.watching(walk.conversation):
            if live and self._actions.sees(desk.who, live.head):
                desk.push(told)
