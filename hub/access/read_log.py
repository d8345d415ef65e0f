"""Log of reads: who reads whose messages on what ground, stored before anything is shown (SE-03, ST-05).

A read that cannot be stored is refused. A repeated read by the same person is stored once in five minutes, so that a reloaded screen
does not flood the log.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime, timedelta
from enum import StrEnum

from hub.access.operator import Operator
from hub.conversations.address import masked
from hub.conversations.conversation import Closed, Conversation, InQueue, Promised, WithOperator, WithRemoteCentre
from hub.conversations.ports import Store
from hub.kernel.audit_entry import AuditEntry
from hub.kernel.errors import RefusedError
from hub.kernel.signal import Query

TOGETHER = timedelta(minutes=5)
GOOD = timedelta(hours=1)
"""How long a ground stays valid for another read, also after the conversation went to another holder."""
KEPT = 10_000
"""Reads and grounds kept in memory."""
PERSONAL = "‹личное›"
"""What the audit has in place of a text that consists only of names and numbers."""


class AccessGround(StrEnum):
    """Grounds that need no statement; any other is in the reader's own words."""

    HELD = "held"
    """The operator holds the conversation."""
    OFFERED = "offered"
    LINE = "line"
    """It waits in one of the operator's lines, or for the operator."""
    SERVED = "served"
    """The operator closed it last, and it is closed still."""
    PROMISED = "promised"
    """Its answer is owed by the operator, or in one of their lines."""
    ASKED = "asked"
    """Its holder has asked for a supervisor."""
    DEMAND = "demand"
    """Its citizen has made a request about their own data, which is being answered."""
    MENTIONED = "mentioned"
    """An unread note there mentions the operator."""
    REVIEW = "review"
    """It was sampled, and the operator reviews it."""
    SCORED = "scored"
    """It is the operator's own, was scored, and the time for an appeal is not over."""
    DUTY = "duty"
    """The duty of the role: lists, search, notices, phrases for the robot."""


class AccessLog:
    def __init__(self, store: Store, now: Callable[[], datetime], mask: Callable[[str], str] = masked) -> None:
        """`mask` removes personal data from a text."""
        self._store, self._now, self._mask = store, now, mask
        self._grounds: OrderedDict[tuple[str, int], tuple[str, datetime]] = OrderedDict()
        self._told: OrderedDict[tuple[str, ...], tuple[datetime, asyncio.Task[None]]] = OrderedDict()
        self.asked = Query[[int], bool](lambda _: False)
        """Whether a supervisor was asked to join a conversation."""
        self.demanded = Query[[int], bool](lambda _: False)
        """Whether its citizen waits for an answer about their own data."""
        self.mentioned = Query[[str, int], bool](lambda _login, _conversation: False)
        """Whether an unread note there mentions the operator."""
        self.reviewed = Query[[Operator, int], AccessGround | None](lambda _who, _conversation: None)
        """The ground that a review gives for a conversation."""

    async def state(self, who: Operator, conversation: int, why: str) -> None:
        """State a ground for reading what is not the operator's own work; it is valid from now on."""
        ground = self.masked(why)
        await self._store.note(AuditEntry(self._now(), who.login, "reason", str(conversation), ground=ground))
        self._remember(who, conversation, ground)

    def masked(self, words: str) -> str:
        """A typed text as the audit stores it: the audit is neither encrypted nor erased."""
        return self._mask(words) or PERSONAL

    async def note(self, login: str, what: str, about: str = "", detail: str = "", *, ground: str = AccessGround.DUTY) -> None:
        """Wait until a read is stored; raises StoreError."""
        key, now = (login, what, about, detail, ground), self._now()
        at, told = self._told.get(key, (None, None))
        if told is None or at is None or not at <= now < at + TOGETHER:
            told = asyncio.ensure_future(self._store.note(AuditEntry(now, login, what, about, detail, ground)))
            told.add_done_callback(lambda done: self._forget(key, done))
            self._told[key] = now, told
            self._told.move_to_end(key)
            if len(self._told) > KEPT:
                self._told.popitem(last=False)
        # A cancelled reader does not cancel the write: others may wait for it.
        await asyncio.shield(told)

    def ground(self, who: Operator, head: Conversation, *, offered: bool) -> str:
        """The ground on which the operator may read a conversation; raises RefusedError("no_ground")."""
        ground: str = (_own(who, head, offered=offered) or (AccessGround.ASKED if self.asked(head.id) else "")
                       or (AccessGround.DEMAND if self.demanded(head.id) else "")
                       or (AccessGround.MENTIONED if self.mentioned(who.login, head.id) else "") or self.reviewed(who, head.id) or "")
        if not ground:
            ground, since = self._grounds.get((who.login, head.id), ("", self._now()))
            if not ground or self._now() - since > GOOD:
                raise RefusedError("no_ground", "Этот разговор ведёте не вы: укажите, зачем вы его открываете.")
        self._remember(who, head.id, ground)
        return ground

    def _remember(self, who: Operator, conversation: int, ground: str) -> None:
        self._grounds[who.login, conversation] = ground, self._now()
        self._grounds.move_to_end((who.login, conversation))
        if len(self._grounds) > KEPT:
            self._grounds.popitem(last=False)

    def _forget(self, key: tuple[str, ...], done: "asyncio.Task[None]") -> None:
        """Forget a read that was not stored, so that the next one is stored again."""
        known = self._told.get(key)
        if (done.cancelled() or done.exception() is not None) and known is not None and known[1] is done:
            del self._told[key]


def _own(who: Operator, head: Conversation, *, offered: bool) -> AccessGround | None:
    """The ground that makes it the operator's own work; None where there is none."""
    match head.holder:
        case WithOperator(operator=operator) if operator == who.login:
            return AccessGround.HELD
        case InQueue(queue=queue, wanted=wanted) if wanted == who.login or (not wanted and queue in who.queues):
            return AccessGround.LINE
        case Promised(queue=queue, owner=owner) if owner == who.login or queue in who.queues:
            return AccessGround.PROMISED
        case WithRemoteCentre(queue=queue) if queue in who.queues:
            return AccessGround.LINE
        case Closed() if head.served_by == who.login and head.erased is None:
            return AccessGround.SERVED
        case _:
            return AccessGround.OFFERED if offered else None
