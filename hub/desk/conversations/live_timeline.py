"""Live updates of open conversations: entries, viewers, typing, read marks."""

from hub.access.authorization import Authorization
from hub.actions.conversation_actions import Actions
from hub.citizens.conversation_merging import ConversationMerging
from hub.conversations.attachments import Quarantined
from hub.conversations.conversation import held_by
from hub.conversations.live_signals import Checked, OperatorSaw, OperatorTyping
from hub.conversations.ports import Commit
from hub.conversations.quarantine import Quarantine
from hub.conversations.sequencer import ConversationSequencer, LiveConversation
from hub.desk.conversations.citizen_side import CitizenSide
from hub.desk.conversations.frames import Added, CitizenSaw, FileChecked, LookingChanged, Saw, Typing, TypingSeen, Watch
from hub.desk.conversations.live_rows import LiveRows
from hub.desk.conversations.redaction import Veil
from hub.desk.conversations.rows import ConversationRows
from hub.desk.http.forms import id_of
from hub.desk.live.open_desks import OpenDesk, OpenDesks
from hub.desk.live.room import LiveRoom
from hub.kernel.background_tasks import BackgroundTasks


class LiveTimeline(LiveRoom):
    sends = (Added, FileChecked, LookingChanged, TypingSeen, CitizenSaw)
    hears = (Watch, Typing, Saw)

    def __init__(self, desks: OpenDesks, sequencer: ConversationSequencer, actions: Actions, merging: ConversationMerging,
                 authorization: Authorization, rows: ConversationRows, veil: Veil, live_rows: LiveRows, citizen_side: CitizenSide,
                 quarantine: Quarantine) -> None:
        self._desks, self._sequencer, self._actions, self._merging = desks, sequencer, actions, merging
        self._authorization, self._rows, self._veil = authorization, rows, veil
        self._live_rows, self._citizen_side, self._quarantine = live_rows, citizen_side, quarantine
        self._tasks = BackgroundTasks()
        self._closing = False

    def subscribe(self) -> None:
        self._sequencer.on_commit.show.subscribe(self.committed)
        self._quarantine.on_change.subscribe(self.checked)
        self._citizen_side.subscribe()

    def committed(self, live: LiveConversation, change: Commit) -> None:
        """Listener of the sequencer; cheap without connected desks."""
        if not self._desks.all:
            return
        shown = self._live_rows.shown_in(change.conversation)
        for desk in self._desks.watching(change.conversation) | self._desks.watching(shown):
            if self._actions.sees(desk.who, live.head):
                for record in change.records:
                    desk.push(Added(self._veil.entry(desk.who, live.head, record)))

    def checked(self, held: Quarantined) -> None:
        """A file's availability has changed: sent to all who show it, including the citizen."""
        shown = self._live_rows.shown_in(held.conversation)
        told = FileChecked(str(shown), held.file, held.state, held.found)
        live = self._sequencer.active(held.conversation)
        for desk in self._desks.watching(shown):
            if live and self._actions.sees(desk.who, live.head) and self._authorization.knows(desk.who, live.head.queue):
                desk.push(told)
        self._citizen_side.signal_all(held.conversation, Checked(held.file, held.state.told))

    def citizen_typing(self, conversation: int) -> None:
        if live := self._sequencer.active(conversation):
            live.citizen_typed = self._sequencer.now()
        shown = self._live_rows.shown_in(conversation)
        for desk in self._desks.watching(shown):
            desk.push(TypingSeen(str(shown), ""))

    def citizen_saw(self, live: LiveConversation) -> None:
        for desk in self._desks.watching(live.head.id):
            desk.push(CitizenSaw(str(live.head.id), str(live.seen_by_citizen)))

    async def hear(self, desk: OpenDesk, frame: Watch | Typing | Saw) -> None:
        match frame:
            case Watch():
                await self._watch(desk, frame.number)
            case Typing():
                self._typing(desk, frame.number)
            case Saw():
                self._saw(desk, frame.number, id_of(frame.id))

    def leave(self, desk: OpenDesk, watched: int) -> None:
        del desk
        self._looks_change(watched)

    async def _watch(self, desk: OpenDesk, conversation: int) -> None:
        before = desk.watched
        self._desks.watch(desk, 0)
        self._looks_change(before)
        if conversation:
            await self._actions.open(desk.who, conversation)
            self._desks.watch(desk, conversation)
            self._looks_change(conversation)

    def _looks_change(self, conversation: int) -> None:
        """An operator has opened or left it."""
        if conversation and not self._closing:
            self._tasks.spawn(self._tell_looking(conversation))

    async def _tell_looking(self, conversation: int) -> None:
        head = (await self._sequencer.load(conversation)).head
        told = LookingChanged(str(conversation), self._rows.looking(conversation))
        for desk in self._desks.concerned(head):
            if self._actions.sees(desk.who, head):
                desk.push(told)

    def _typing(self, desk: OpenDesk, conversation: int) -> None:
        live = self._sequencer.active(conversation)
        if live and held_by(live.head, desk.who.login):
            self._citizen_side.signal(live.head, OperatorTyping())
            for other in self._desks.concerned(live.head) - {desk}:
                if self._actions.sees(other.who, live.head):
                    other.push(TypingSeen(str(conversation), desk.who.login))

    def _saw(self, desk: OpenDesk, conversation: int, record: int) -> None:
        live = self._sequencer.active(conversation)
        if live is None or desk.watched != conversation or not held_by(live.head, desk.who.login):
            return
        # Ids identify the conversation of each record in a merged timeline.
        parts = [live, *self._merging.at_hand(live.head)]
        if live.seen_by_operator < record <= max(each.head.last for each in parts):
            for each in parts:
                each.seen_by_operator = record
                self._citizen_side.signal(each.head, OperatorSaw(record))
            self._live_rows.tell(conversation)

    async def close(self) -> None:
        self._closing = True
        await self._tasks.cancel()
