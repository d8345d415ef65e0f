"""After a call its operator is offered nothing for a while: time to write down what was said.

Whoever is `wrap_up`, by himself or by the end of a call, is `ready` again when the time is over. Saying `wrap_up` again begins
the time anew, and any other presence ends it.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta

from hub.access.operator import Presence
from hub.access.permissions import Permission, may
from hub.conversations.conversation import Conversation, WithOperator
from hub.conversations.ports import Channel, Commit
from hub.conversations.sequencer import LiveConversation
from hub.dispatch.dispatcher import Dispatch
from hub.telephony.ports import RingingChannel


class WrapUp:
    def __init__(self, dispatch: Dispatch, channels: Mapping[str, Channel], now: Callable[[], datetime], lasts_s: float) -> None:
        """Without seconds (0) nothing follows a call, and whoever says `wrap_up` is it until he says otherwise."""
        self._dispatch, self._channels, self._now, self._lasts = dispatch, channels, now, timedelta(seconds=lasts_s)
        self._talking: dict[int, str] = {}
        """Conversations with a call that goes on, and who has it."""
        self._ends: dict[str, tuple[datetime, asyncio.TimerHandle]] = {}

    def start(self, held: Iterable[Conversation]) -> None:
        """Take over the calls that go on."""
        for head in held:
            self._note(head)

    def committed(self, live: LiveConversation, change: Commit) -> None:
        """A listener of the lanes, before the dispatch: whoever is free again must not be offered the next call before he wraps up."""
        if change.head is None:
            return
        before = self._talking.pop(change.conversation, "")
        self._note(live.head)
        if before and self._talking.get(change.conversation) != before:
            self.begin(before)

    def begin(self, login: str) -> None:
        """A call of his is over."""
        if self._lasts and self._dispatch.presence(login) is Presence.READY and (who := self._dispatch.operator(login)):
            self._dispatch.set_presence(who, Presence.WRAP_UP)

    def presence(self, login: str, presence: Presence) -> None:
        """A listener of the dispatch, before those who tell of it."""
        if before := self._ends.pop(login, None):
            before[1].cancel()
        if presence is Presence.WRAP_UP and self._lasts:
            timer = asyncio.get_running_loop().call_later(self._lasts.total_seconds(), self._end, login)
            self._ends[login] = (self._now() + self._lasts, timer)

    def until(self, login: str) -> datetime | None:
        """When somebody's time is over; None for who does not wrap up, or has as long as he likes."""
        return self._ends[login][0] if login in self._ends else None

    def close(self) -> None:
        for _, timer in self._ends.values():
            timer.cancel()

    def _note(self, head: Conversation) -> None:
        talked = isinstance(self._channels.get(head.address.channel), RingingChannel)
        if talked and isinstance(head.holder, WithOperator) and head.holder.left is None:
            self._talking[head.id] = head.holder.operator

    def _end(self, login: str) -> None:
        del self._ends[login]
        who = self._dispatch.operator(login)
        if who is not None and self._dispatch.presence(login) is Presence.WRAP_UP:
            self._dispatch.set_presence(who, Presence.READY if may(who, Permission.SERVE) else Presence.BREAK)
