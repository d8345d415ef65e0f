"""Who reads whose words, and on what ground: stored before anything is shown (SE-03, ST-05).

A reading that cannot be stored is refused. The same one by the same person is stored once in five minutes, so that a screen that
reloads, or shows a conversation twice, floods nothing.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime, timedelta
from enum import StrEnum

from hub.access.operator import Operator
from hub.conversations.address import masked
from hub.conversations.conversation import Conversation, InQueue, Promised, WithOperator, WithRemoteCentre
from hub.conversations.ports import Store
from hub.kernel.audit_entry import AuditEntry
from hub.kernel.errors import RefusedError
from hub.kernel.signal import Query

TOGETHER = timedelta(minutes=5)
GOOD = timedelta(hours=1)
"""So long a ground is good for another look, also when its conversation has gone on to somebody else."""
KEPT = 10_000
"""Readings and grounds that are remembered."""
PERSONAL = "‹личное›"
"""What the audit has of words that were nothing but names and numbers."""


class AccessGround(StrEnum):
    """Grounds that nobody need state; any other is in the reader's own words."""

    HELD = "held"
    """He holds the conversation."""
    OFFERED = "offered"
    LINE = "line"
    """It waits in a line that he serves, or for him."""
    PROMISED = "promised"
    """Its answer is owed by him, or in a line that he serves."""
    ASKED = "asked"
    """Whoever holds it has asked a senior to come."""
    DEMAND = "demand"
    """Its citizen demands something of his own data, and is answered."""
    MENTIONED = "mentioned"
    """A note there speaks of him, and he has not read it."""
    REVIEW = "review"
    """It was drawn, and he reviews it."""
    SCORED = "scored"
    """It is his own, was scored, and he may still object."""
    DUTY = "duty"
    """What his role is there for: lists, search, notices, phrases for the robot."""


class AccessLog:
    def __init__(self, store: Store, now: Callable[[], datetime], mask: Callable[[str], str] = masked) -> None:
        """`mask` takes out of words whom they are about."""
        self._store, self._now, self._mask = store, now, mask
        self._grounds: OrderedDict[tuple[str, int], tuple[str, datetime]] = OrderedDict()
        self._told: OrderedDict[tuple[str, ...], tuple[datetime, asyncio.Task[None]]] = OrderedDict()
        self.asked = Query[[int], bool](lambda _: False)
        """Whether a senior is asked to come to a conversation."""
        self.demanded = Query[[int], bool](lambda _: False)
        """Whether its citizen waits for an answer about his own data."""
        self.mentioned = Query[[str, int], bool](lambda _login, _conversation: False)
        """Whether somebody is spoken of there, and has not read it."""
        self.reviewed = Query[[Operator, int], AccessGround | None](lambda _who, _conversation: None)
        """What a review makes his work of a conversation."""

    async def state(self, who: Operator, conversation: int, why: str) -> None:
        """He says why he must read what is not his work; from now on that is his ground."""
        ground = self.masked(why)
        await self._store.note(AuditEntry(self._now(), who.login, "reason", str(conversation), ground=ground))
        self._remember(who, conversation, ground)

    def masked(self, words: str) -> str:
        """What somebody has typed, as the audit takes it: that is neither sealed nor forgotten."""
        return self._mask(words) or PERSONAL

    async def note(self, login: str, what: str, about: str = "", detail: str = "", *, ground: str = AccessGround.DUTY) -> None:
        """Wait until a reading is stored; raises StoreError."""
        key, now = (login, what, about, detail, ground), self._now()
        at, told = self._told.get(key, (None, None))
        if told is None or at is None or not at <= now < at + TOGETHER:
            told = asyncio.ensure_future(self._store.note(AuditEntry(now, login, what, about, detail, ground)))
            told.add_done_callback(lambda done: self._forget(key, done))
            self._told[key] = now, told
            self._told.move_to_end(key)
            if len(self._told) > KEPT:
                self._told.popitem(last=False)
        # Who goes away meanwhile takes nothing back: others may wait for the same.
        await asyncio.shield(told)

    def ground(self, who: Operator, head: Conversation, *, offered: bool) -> str:
        """On what ground he may read a conversation; raises RefusedError("no_ground")."""
        ground: str = (_own(who, head, offered=offered) or (AccessGround.ASKED if self.asked(head.id) else "")
                       or (AccessGround.DEMAND if self.demanded(head.id) else "")
                       or (AccessGround.MENTIONED if self.mentioned(who.login, head.id) else "") or self.reviewed(who, head.id) or "")
        if not ground:
            ground, since = self._grounds.get((who.login, head.id), ("", self._now()))
            if not ground or self._now() - since > GOOD:
                raise RefusedError("no_ground", "Это обращение ведёте не вы: укажите, зачем вы его открываете.")
        self._remember(who, head.id, ground)
        return ground

    def _remember(self, who: Operator, conversation: int, ground: str) -> None:
        self._grounds[who.login, conversation] = ground, self._now()
        self._grounds.move_to_end((who.login, conversation))
        if len(self._grounds) > KEPT:
            self._grounds.popitem(last=False)

    def _forget(self, key: tuple[str, ...], done: "asyncio.Task[None]") -> None:
        """What was not stored is tried again by the next one."""
        known = self._told.get(key)
        if (done.cancelled() or done.exception() is not None) and known is not None and known[1] is done:
            del self._told[key]


def _own(who: Operator, head: Conversation, *, offered: bool) -> AccessGround | None:
    """What makes it his own work; None where nothing does."""
    match head.holder:
        case WithOperator(operator=operator) if operator == who.login:
            return AccessGround.HELD
        case InQueue(queue=queue, wanted=wanted) if wanted == who.login or (not wanted and queue in who.queues):
            return AccessGround.LINE
        case Promised(queue=queue, owner=owner) if owner == who.login or queue in who.queues:
            return AccessGround.PROMISED
        case WithRemoteCentre(queue=queue) if queue in who.queues:
            return AccessGround.LINE
        case _:
            return AccessGround.OFFERED if offered else None
