"""The scripts of a hub, in memory and in the store: writing, publication, withdrawal (KB-01).

Refusals are those of versions.py, and: unknown script or version, a newer version exists, flaws.
"""

import asyncio
from collections.abc import Callable, Container, Sequence
from datetime import datetime

import msgspec
from msgspec.structs import replace

from hub.access.operator import Operator
from hub.conversations.ports import Store
from hub.federation.replication import LONGEST
from hub.kernel.approval import Approval
from hub.kernel.audit_entry import AuditEntry
from hub.kernel.errors import ConflictError, RefusedError
from hub.kernel.signal import Signal
from hub.knowledge.precedence import SHIPPED, height
from hub.knowledge.scripts.checks import ScriptFlaw, flaws
from hub.knowledge.scripts.script import Script
from hub.knowledge.scripts.versions import ScriptVersion, approve, changed_by, id_of, newest, published, withdraw, write

OTHER = RefusedError("other_version", "Сценарий только что изменился: посмотрите его ещё раз.")


class ScriptLibrary:
    def __init__(self, store: Store, now: Callable[[], datetime], topics: Container[str], first: Sequence[Script]) -> None:
        """`first` are the initial scripts of a hub without any."""
        self._store, self._now, self._topics, self._first = store, now, topics, first
        self._known: dict[str, ScriptVersion] = {}
        self._changing = asyncio.Lock()
        self.on_publish = Signal[[ScriptVersion]]()
        """A version that was published or withdrawn here."""

    async def start(self) -> None:
        editions = await self._store.all(ScriptVersion)
        if not editions and self._first:
            at = self._now()
            editions = [replace(write(None, script, "", at), approval=Approval("", at)) for script in self._first]
            await self._store.exchange(editions, (), AuditEntry(at, "", "scripts_filled", detail=str(len(editions))))
        self._known = {each.id: each for each in editions}

    def all(self) -> list[ScriptVersion]:
        """The last version of each script, draft or not, by key."""
        return sorted(newest(self._known.values()).values(), key=lambda each: each.key)

    def in_force(self) -> list[ScriptVersion]:
        """Scripts that can be started: urgent ones first, then by title; of several centres' with one key the highest centre's."""
        found: dict[str, ScriptVersion] = {}
        for each in sorted((each for each in self.last_published() if not each.withdrawn), key=_rank):
            found.setdefault(each.script.key, each)
        return sorted(found.values(), key=lambda each: (not each.script.urgent, each.script.title))

    def last_published(self) -> list[ScriptVersion]:
        """Of each script; it may be withdrawn."""
        return list(published(self._known.values()).values())

    def published(self, key: str) -> ScriptVersion | None:
        """The last published version; it may be withdrawn."""
        return published(self._of(key)).get(key)

    def versions(self, key: str) -> list[ScriptVersion]:
        """Newest first. Raises RefusedError("no_such_script")."""
        if not (found := self._of(key)):
            raise RefusedError("no_such_script", "Такого сценария нет.")
        return sorted(found, key=lambda each: -each.version)

    def edition(self, key: str, version: int) -> ScriptVersion:
        """Raises RefusedError("no_such_script")."""
        if (found := self._known.get(id_of(key, version))) is None:
            raise RefusedError("no_such_script", "Такого сценария нет.")
        return found

    def flaws(self, script: Script) -> tuple[ScriptFlaw, ...]:
        """Flaws that prevent publication."""
        return flaws(script, self._topics)

    async def write(self, who: Operator, version: int, script: Script) -> ScriptVersion:
        """Write the draft of a new script (`version` 0) or of a new version; it replaces an earlier draft. Idempotent."""
        async with self._changing:
            before = newest(self._of(script.key)).get(script.key)
            if before and not before.approval and (before.version, before.script, before.written_by) == (version + 1, script, who.login):
                return before
            if version != (before.version if before else 0):
                raise OTHER
            draft = write(before, script, who.login, self._now())
            gone = [before] if before and not before.approval else []
            audit_entry = AuditEntry(draft.written, who.login, "script", script.key, str(draft.version))
            await self._exchange([], gone, audit_entry, seen=[before] if before else [], new=[draft])
            return draft

    async def approve(self, who: Operator, key: str, version: int) -> ScriptVersion:
        """Publish the draft that the approver has read. RefusedError("bad_script") where it has flaws."""
        async with self._changing:
            before = self._newest(key, version)
            after = approve(_ours(before), who.login, self._now())
            if len(msgspec.json.encode(after.script)) > LONGEST:
                raise RefusedError("bad_script", f"Сценарий длиннее {LONGEST >> 10} КБ: разделите его на несколько.")
            if self.flaws(after.script):
                raise RefusedError("bad_script", "В сценарии есть ошибки: публиковать его нельзя.")
            if after != before:
                await self._exchange([after], [], AuditEntry(self._now(), who.login, "script_published", key, str(version)), seen=[before])
                self.on_publish(after)
            return after

    async def withdraw(self, who: Operator, key: str) -> ScriptVersion:
        """It cannot be started any more; running ones are completed."""
        async with self._changing:
            before = self.published(key)
            if before is None:
                raise RefusedError("no_such_script", "Такого сценария нет.")
            after = withdraw(_ours(before), self._now())
            if after != before:
                await self._exchange([after], [], AuditEntry(self._now(), who.login, "script_withdrawn", key, str(after.version)),
                                     seen=[before])
                self.on_publish(after)
            return after

    async def take_in(self, received: ScriptVersion) -> None:
        """A version of a superior centre; with one that is withdrawn there the own one of that key ends, too."""
        async with self._changing:
            known, own = self._known.get(received.id), self.published(received.script.key)
            if not changed_by(received, known):
                return
            ended = [withdraw(own, self._now())] if received.withdrawn and own and not own.withdrawn else []
            what = "script_recalled" if received.withdrawn else "script_received"
            audit_entry = AuditEntry(self._now(), "", what, received.key, str(received.version))
            await self._exchange([*ended, *([received] if known else [])], [], audit_entry,
                                 seen=[each for each in (known, own if ended else None) if each], new=[] if known else [received])
            for each in ended:
                self.on_publish(each)

    async def discard(self, who: Operator, key: str, version: int) -> None:
        """Delete a draft. Raises RefusedError for a published version."""
        async with self._changing:
            before = self._newest(key, version)
            if before.approval:
                raise RefusedError("no_draft", "Черновика у этого сценария нет.")
            await self._exchange([], [before], AuditEntry(self._now(), who.login, "script_discarded", key, str(version)), seen=[before])

    async def bring(self, who: Operator, scripts: Sequence[Script]) -> list[ScriptVersion]:
        """Import scripts of a file: changed ones become drafts, which are returned."""
        known = newest(self._known.values())
        return [await self.write(who, known[each.key].version if each.key in known else 0, each)
                for each in scripts if each.key not in known or known[each.key].script != each]

    def _of(self, key: str) -> list[ScriptVersion]:
        return [each for each in self._known.values() if each.key == key]

    def _newest(self, key: str, version: int) -> ScriptVersion:
        found = self.versions(key)[0]
        if found.version != version:
            raise OTHER
        return found

    async def _exchange(self, put: Sequence[ScriptVersion], gone: Sequence[ScriptVersion], audit_entry: AuditEntry, *,
                        seen: Sequence[ScriptVersion],
                        new: Sequence[ScriptVersion] = ()) -> None:
        try:
            await self._store.exchange(put, gone, audit_entry, seen=seen, new=new)
        except ConflictError:
            raise OTHER from None
        for each in gone:
            del self._known[each.id]
        self._known |= {each.id: each for each in (*put, *new)}


def _rank(version: ScriptVersion) -> int:
    shipped = not version.centre and not version.written_by
    return SHIPPED if shipped else height(version.level)


def _ours(version: ScriptVersion) -> ScriptVersion:
    if version.centre:
        raise RefusedError("from_above", "Этот сценарий ведёт другой центр, изменить его можно только там.")
    return version
