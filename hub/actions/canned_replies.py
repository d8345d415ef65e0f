"""Stores canned replies: private ones are visible to their owner only, shared ones to all who serve their lines.

Refusals are those of canned_reply.py, and: unknown reply, a newer version exists, lines of another centre, too many replies.
"""

import asyncio
from collections.abc import Callable, Container, Sequence
from datetime import datetime

from msgspec.structs import replace

from hub.access.authorization import ROLE, Authorization
from hub.access.operator import Operator
from hub.access.permissions import Permission
from hub.actions.canned_reply import MOST_OWN, MOST_SHARED, CannedReply, CannedWords, checked, free_sign
from hub.conversations.ports import Store
from hub.kernel.audit_entry import AuditEntry
from hub.kernel.errors import RefusedError
from hub.kernel.signal import Signal
from hub.organisation.queue import Lines


class CannedReplies:
    """The canned replies of one hub."""

    def __init__(self, store: Store, now: Callable[[], datetime], authorization: Authorization, lines: Lines, topics: Container[str],
                 first: Sequence[CannedWords] = ()) -> None:
        """`first` are the initial replies of a hub without any."""
        self._store, self._now, self._authorization, self._lines, self._topics = store, now, authorization, lines, topics
        self._first = first
        self._known: dict[str, CannedReply] = {}
        self._changing = asyncio.Lock()
        self.on_change = Signal[[str]]()
        """Login of the owner of private replies, "" for shared ones."""

    async def start(self) -> None:
        found = await self._store.all(CannedReply)
        if not found and (found := self._initial()):
            await self._store.exchange(found, (), AuditEntry(self._now(), "", "canned_filled", detail=str(len(found))))
        self._known = {each.id: each for each in found}

    def of(self, who: Operator) -> list[CannedReply]:
        """Replies an operator may use or edit: private ones, and those of lines that they serve or supervise."""
        return [each for each in self._known.values() if self._concerns(who, each)]

    def steers(self, who: Operator, each: CannedReply) -> bool:
        """Whether the operator may change it."""
        if each.owner:
            return each.owner == who.login
        return self._authorization.may(who, Permission.SHARE_REPLIES) and self._authorization.covers_all(who, each.words.queues)

    def shared(self, id_: str) -> CannedWords | None:
        """A shared reply; None where there is none."""
        known = self._known.get(id_)
        return known.words if known is not None and not known.owner else None

    def meant(self, who: Operator, id_: str, version: int) -> CannedWords:
        """The reply to run, if it is unchanged since it was seen."""
        if id_ not in self._known:
            raise RefusedError("no_such_canned", "Такой заготовки нет.")
        known = self._find(who, id_)
        if known.version != version:
            raise RefusedError("other_version", "Заготовку уже изменили: посмотрите новую и повторите.")
        return known.words

    async def write(self, who: Operator, id_: str, version: int, words: CannedWords) -> CannedReply:
        """A new reply (`version` 0), or a new version. Idempotent."""
        words = checked(words)
        if unknown := sorted({each for each in (*words.queues, words.then_queue) if each and each not in self._lines}):
            raise RefusedError("no_such_queue", f"Нет таких очередей: {', '.join(unknown)}.")
        if words.then_topic and words.then_topic not in self._topics:
            raise RefusedError("no_such_topic", "Такой темы нет.")
        async with self._changing:
            before = self._find(who, id_) if id_ in self._known else None
            if before and (before.version, before.words, before.written_by) == (version + 1, words, who.login):
                return before
            if version != (before.version if before else 0):
                raise RefusedError("other_version", "Заготовку уже изменили: посмотрите новую и повторите.")
            after = CannedReply(id_, version + 1, words, who.login, self._now(), "" if words.queues else who.login)
            self._allow(who, after)
            others = [each for each in self._known.values() if each.id != id_ and each.owner == after.owner]
            free_sign(words, others)
            if before is None and len(others) >= (MOST_OWN if after.owner else MOST_SHARED):
                raise RefusedError("too_many", "Заготовок слишком много: удалите ненужные.")
            await self._store.put(after, self._audit_entry(who, "canned", after))
            self._known[id_] = after
            self.on_change(after.owner)
            if before is not None and before.owner != after.owner:
                self.on_change(before.owner)
        return after

    async def drop(self, who: Operator, id_: str, version: int) -> None:
        """Delete it, if it is unchanged since it was seen. Idempotent."""
        async with self._changing:
            if id_ not in self._known:
                return
            known = self._find(who, id_)
            self._allow(who, known)
            if known.version != version:
                raise RefusedError("other_version", "Заготовку уже изменили: посмотрите новую и повторите.")
            await self._store.drop(CannedReply, id_, self._audit_entry(who, "canned_dropped", known))
            del self._known[id_]
            self.on_change(known.owner)

    def _initial(self) -> list[CannedReply]:
        """Each centre has its own, shared by its lines, so that its seniors may change them."""
        lines: dict[str, list[str]] = {}
        for line in self._lines.values():
            if not line.successor:
                lines.setdefault(line.centre, []).append(line.id)
        return [CannedReply(f"starter-{number}-{centre}".rstrip("-"), 1, checked(replace(words, queues=tuple(queues))), "", self._now())
                for centre, queues in lines.items() for number, words in enumerate(self._first, 1)]

    def _audit_entry(self, who: Operator, what: str, each: CannedReply) -> AuditEntry | None:
        """For shared replies: private ones are not audited before they are used."""
        return None if each.owner else AuditEntry(self._now(), who.login, what, each.id, f"{each.version}. {each.words.title}")

    def _concerns(self, who: Operator, each: CannedReply) -> bool:
        return self.steers(who, each) or (not each.owner and not set(each.words.queues).isdisjoint(who.queues))

    def _find(self, who: Operator, id_: str) -> CannedReply:
        """The existence of another's private reply is not revealed."""
        known = self._known[id_]
        if not self._concerns(who, known):
            raise RefusedError("no_such_canned", "Такой заготовки нет.")
        return known

    def _allow(self, who: Operator, each: CannedReply) -> None:
        if not self.steers(who, each):
            raise RefusedError("forbidden", ROLE)
