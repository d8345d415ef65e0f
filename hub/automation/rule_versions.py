"""Versions of the rules of a hub: each change is a new version of all of them, and an earlier one can be brought back.

Refusals: a concurrent edit, an invalid rule, no change, rules of another centre, an unknown version.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from hub.access.authorization import ROLE, Authorization
from hub.access.operator import Operator
from hub.actions.canned_reply import CannedReply
from hub.automation.rule import NONE_YET, Rule, RuleNames, RuleSet, check, differences, newest, tidy, touched
from hub.conversations.channel_traits import TraitRegistry
from hub.conversations.ports import Store
from hub.kernel.audit_entry import AuditEntry
from hub.kernel.errors import ConflictError, RefusedError
from hub.kernel.signal import Signal
from hub.organisation.queue import Lines, Topic

OUTDATED = "Правила уже изменил другой администратор: посмотрите новые и повторите."


class RuleVersions:
    """All versions; the newest is in force."""

    def __init__(self, store: Store, now: Callable[[], datetime], authorization: Authorization, lines: Lines,
                 topics: Mapping[str, Topic], traits: TraitRegistry) -> None:
        self._store, self._now, self._authorization = store, now, authorization
        self._lines, self._topics, self._traits = lines, topics, traits
        self.known: dict[int, RuleSet] = {}
        self._changing = asyncio.Lock()
        self.on_change = Signal[[]]()

    async def start(self) -> None:
        """Load them; also after an import of settings."""
        self.known = {each.version: each for each in await self._store.all(RuleSet)}
        self.on_change()

    @property
    def current(self) -> RuleSet:
        return newest(self.known.values()) or NONE_YET

    async def names(self, who: Operator | None = None) -> RuleNames:
        """What rules may name now; for an administrator without the people of other centres."""
        replies = {each.id: each.words.title for each in await self._store.all(CannedReply)
                   if not each.owner and each.words.text and not each.words.macro}
        people = {each.login: each.name for each in await self._store.all(Operator)
                  if each.active and (who is None or self._authorization.covers_all(who, each.queues))}
        return RuleNames({each.id: each.title for each in self._lines.values() if not each.successor},
                         {key: each.title for key, each in self._topics.items()}, replies, people,
                         {each: self._traits.named(each).title for each in self._traits.families()})

    async def checked(self, rules: Sequence[Rule]) -> tuple[Rule, ...]:
        """The rules as they are stored; raises RefusedError("bad_rule")."""
        made = tuple(map(tidy, rules))
        check(made, await self.names())
        return made

    async def write(self, who: Operator, version: int, rules: Sequence[Rule], why: str = "") -> RuleSet:
        """The next version; `version` is the newest that was seen. A repeated request is harmless."""
        made = await self.checked(rules)
        async with self._changing:
            current = self.current
            if (current.version, current.by, current.rules) == (version + 1, who.login, made):
                return current
            if version != current.version:
                raise RefusedError("outdated", OUTDATED)
            return await self._put(who, made, why)

    async def revert(self, who: Operator, version: int, to: int) -> RuleSet:
        """Bring an earlier version back, as a new one; 0 is no rules at all."""
        async with self._changing:
            if version != self.current.version:
                raise RefusedError("outdated", OUTDATED)
            if to and to not in self.known:
                raise RefusedError("no_such_version", "Такой прежней версии нет.")
            rules = self.known[to].rules if to else ()
            check(rules, await self.names())
            return await self._put(who, rules, f"Возврат к версии {to}")

    async def _put(self, who: Operator, rules: tuple[Rule, ...], why: str) -> RuleSet:
        before = self.current
        changes = differences(before.rules, rules)
        if not changes:
            raise RefusedError("nothing_new", "Ничего не меняется.")
        self._allow(who, before.rules, rules)
        made = RuleSet(before.version + 1, self._now(), who.login, rules, why)
        audit_entry = AuditEntry(made.at, who.login, "rules", str(made.version), " ".join(changes)[:2000])
        try:
            await self._store.exchange((), (), audit_entry, new=(made,))
        except ConflictError:
            raise RefusedError("outdated", OUTDATED) from None
        self.known[made.version] = made
        self.on_change()
        return made

    def _allow(self, who: Operator, before: Sequence[Rule], after: Sequence[Rule]) -> None:
        """A centre's conversations are its administrators' matter; a rule without a line is that of all centres' together."""
        queues = touched(before, after)
        if not all(self._authorization.covers(who, each) for each in (self._lines if "" in queues else queues)):
            raise RefusedError("forbidden", f"{ROLE} Правило действует и в других центрах: укажите в нём линии своего центра.")
