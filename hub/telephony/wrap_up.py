"""Wrap-up time after a call: the operator gets no offers while writing notes, and the journal has how long that took (CH-13).

An operator in `wrap_up`, set manually or by the end of a call, becomes `ready` when the time is over. Setting `wrap_up` again
restarts the time, and any other presence ends it.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta

from hub.access.operator import Presence
from hub.access.permissions import Permission, may
from hub.conversations.conversation import Conversation, WithOperator
from hub.conversations.journal import WrappedUp
from hub.conversations.ports import Channel, Commit
from hub.conversations.sequencer import ConversationSequencer, LiveConversation
from hub.dispatch.dispatcher import Dispatch
from hub.telephony.ports import RingingChannel

log = logging.getLogger(__name__)


class WrapUp:
    def __init__(self, dispatch: Dispatch, sequencer: ConversationSequencer, channels: Mapping[str, Channel], now: Callable[[], datetime],
                 lasts_s: float) -> None:
        """Without seconds (0) a call has no wrap-up, and a manual `wrap_up` has no end."""
        self._dispatch, self._sequencer, self._channels, self._now = dispatch, sequencer, channels, now
        self._lasts = timedelta(seconds=lasts_s)
        self._talking: dict[int, str] = {}
        """Conversations with a current call, and their operators."""
        self._ends: dict[str, tuple[datetime, asyncio.TimerHandle]] = {}
        self._written: dict[str, tuple[int, datetime]] = {}
        """The conversation that an operator writes notes on, and since when."""

    def start(self, held: Iterable[Conversation]) -> None:
        """Load the current calls."""
        for head in held:
            self._note(head)

    def committed(self, live: LiveConversation, change: Commit) -> None:
        """Listener of the sequencer, before the dispatcher: an operator must not be offered the next call before the wrap-up."""
        if change.head is None:
            return
        before = self._talking.pop(change.conversation, "")
        self._note(live.head)
        if before and self._talking.get(change.conversation) != before:
            self.begin(before)
            if self._dispatch.presence(before) is Presence.WRAP_UP:
                self._written[before] = change.conversation, self._now()

    def begin(self, login: str) -> None:
        """A call of the operator ended."""
        if self._lasts and self._dispatch.presence(login) is Presence.READY and (who := self._dispatch.operator(login)):
            self._dispatch.set_presence(who, Presence.WRAP_UP)

    def presence(self, login: str, presence: Presence) -> None:
        """Listener of the dispatcher, before those that publish it."""
        if before := self._ends.pop(login, None):
            before[1].cancel()
        if presence is not Presence.WRAP_UP and (written := self._written.pop(login, None)):
            self._note_end(*written, login)
        if presence is Presence.WRAP_UP and self._lasts:
            timer = asyncio.get_running_loop().call_later(self._lasts.total_seconds(), self._end, login)
            self._ends[login] = (self._now() + self._lasts, timer)

    def until(self, login: str) -> datetime | None:
        """End of the operator's wrap-up; None without one, or without a limit."""
        return self._ends[login][0] if login in self._ends else None

    def close(self) -> None:
        for _, timer in self._ends.values():
            timer.cancel()

    def _note(self, head: Conversation) -> None:
        if (isinstance(head.holder, WithOperator) and head.holder.left is None
                and isinstance(self._channels.get(head.address.driver), RingingChannel)):
            self._talking[head.id] = head.holder.operator

    def _note_end(self, conversation: int, since: datetime, login: str) -> None:
        live = self._sequencer.active(conversation)
        if live is None or live.broken or live.head.erased is not None:
            log.warning("wrap-up not recorded in the journal", extra={"operator": login})
            return
        self._sequencer.step(live, (WrappedUp(self._now(), since, login),), lambda _error, _records: None)

    def _end(self, login: str) -> None:
        del self._ends[login]
        who = self._dispatch.operator(login)
        if who is not None and self._dispatch.presence(login) is Presence.WRAP_UP:
            self._dispatch.set_presence(who, Presence.READY if may(who, Permission.SERVE) else Presence.BREAK)
