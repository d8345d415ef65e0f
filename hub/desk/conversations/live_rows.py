"""Live updates of list rows and view counts, for every desk that has the conversation in a view."""

import asyncio
from collections.abc import Iterable

from hub.actions.conversation_actions import Actions
from hub.conversations.conversation import Conversation, WithBot, shown_to
from hub.conversations.ports import Commit
from hub.conversations.sequencer import ConversationSequencer, LiveConversation
from hub.desk.conversations.forms import ConversationOut
from hub.desk.conversations.frames import Changed, Counts
from hub.desk.conversations.redaction import Veil, gone
from hub.desk.conversations.rows import ConversationRows
from hub.desk.conversations.view_counts import ViewCounts
from hub.desk.live.open_desks import OpenDesk, OpenDesks
from hub.desk.live.room import LiveRoom
from hub.dispatch.dispatcher import Dispatch
from hub.kernel.background_tasks import BackgroundTasks

TOGETHER_S = 0.1
"""Changes within this time are sent together: a busy conversation is loaded once, not for each message."""


class LiveRows(LiveRoom):
    sends = (Changed, Counts)

    def __init__(self, desks: OpenDesks, sequencer: ConversationSequencer, actions: Actions, dispatch: Dispatch, rows: ConversationRows,
                 veil: Veil, counts: ViewCounts) -> None:
        self._desks, self._sequencer, self._actions, self._dispatch = desks, sequencer, actions, dispatch
        self._rows, self._veil, self._counts = rows, veil, counts
        self._changed: dict[int, set[str]] = {}
        """Changed conversations, with further logins to notify: of former holders."""
        self._moved: set[int] = set()
        """Those that may change view counts: plain messages do not."""
        self._counting = False
        """Whether all desks need new counts."""
        self._timer: asyncio.TimerHandle | None = None
        self._in_turn = asyncio.Lock()
        self._tasks = BackgroundTasks()

    def subscribe(self) -> None:
        self._sequencer.on_commit.show.subscribe(self.committed)
        self._dispatch.on_lost.subscribe(self.tell)

    def greet(self, desk: OpenDesk) -> None:
        desk.push_news(self._counts.of(desk.who))

    renew = greet

    def committed(self, live: LiveConversation, change: Commit) -> None:
        """Listener of the sequencer; cheap without connected desks."""
        if not self._desks.all:
            return
        moved = change.head is not None
        if moved or not isinstance(live.head.holder, WithBot):
            if not moved and self._told_at_once(live):
                return
            for conversation in {change.conversation, self.shown_in(change.conversation)}:
                self.tell(conversation, moved=moved)

    def shown_in(self, conversation: int) -> int:
        """The conversation whose timeline shows it: itself, or the remaining one after a merge."""
        live = self._sequencer.active(conversation)
        return self._actions.kept(live.head).id if live else conversation

    def tell(self, conversation: int, also: str = "", *, moved: bool = True) -> None:
        """A row has changed; `also` are notified besides those who have it in their views."""
        others = self._changed.setdefault(conversation, set())
        if moved:
            self._moved.add(conversation)
        if also:
            others.add(also)
        self._tell_soon()

    def count(self) -> None:
        """All view counts may have changed."""
        self._counting = True
        self._tell_soon()

    def _told_at_once(self, live: LiveConversation) -> bool:
        """Send plain messages at once, as one write to a desk. Not where data must be loaded, or directly after another update."""
        head, now = live.head, asyncio.get_running_loop().time()
        if (not live.tail or live.told_at + TOGETHER_S > now or head.parts or head.merged is not None or head.id in self._changed
                or self._in_turn.locked()):
            return False
        self._tell_row(live, head, self._rows.row(head, live.tail))
        return True

    def _tell_soon(self) -> None:
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(TOGETHER_S, self._start_telling)

    def _start_telling(self) -> None:
        self._timer = None
        changed, self._changed = self._changed, {}
        moved, self._moved = self._moved, set()
        counting, self._counting = self._counting, False
        self._tasks.spawn(self._tell(changed, moved, self._desks.all if counting else ()))

    async def _tell(self, changed: dict[int, set[str]], moved: set[int], others: Iterable[OpenDesk]) -> None:
        """Send changed rows to all who have them in a view, and counts to those concerned by `moved` and to `others`."""
        async with self._in_turn:  # rows that took longer to load must not come after newer ones
            active = [live for each in changed if (live := self._sequencer.active(each))]
            heads = [live.head for live in active]
            rows = await self._rows.rows(heads)
            counting = set(others)
            for live, head, row in zip(active, heads, rows, strict=True):
                desks = self._tell_row(live, head, row, changed[head.id])
                if head.id in moved:
                    counting |= desks
            for desk in counting:
                self.greet(desk)

    def _tell_row(self, live: LiveConversation, head: Conversation, row: ConversationOut, also: Iterable[str] = ()) -> set[OpenDesk]:
        """Send a row to all concerned; returns these."""
        before, live.shown, live.told_at = live.shown, shown_to(head), asyncio.get_running_loop().time()
        desks = self._desks.concerned(head, before, also)
        for desk in desks:
            if self._actions.sees(desk.who, head):
                desk.push(Changed(self._veil.row(desk.who, row, head)))
            elif desk.watched == head.id or desk not in self._desks.lookers:
                desk.push(Changed(gone(row), gone=True))
        return desks

    async def close(self) -> None:
        if self._timer:
            self._timer.cancel()
        await self._tasks.cancel()
