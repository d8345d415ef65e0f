"""Imports files of the catalogue as drafts after a preview, and undoes imports (KB-03).

Nothing is kept between preview and import: the file is sent again with the versions of the cards that were seen, so that nothing
unseen is overwritten. The importing person is the author of the drafts, which are checked and published like any other. Undo deletes
the drafts that were not changed since, and restores the replaced ones.
"""

import asyncio
import secrets
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256

from msgspec import Struct
from msgspec.structs import replace

from hub.access.operator import Operator
from hub.conversations.ports import Store
from hub.kernel.audit_entry import AuditEntry
from hub.kernel.errors import RefusedError
from hub.kernel.sandbox import Limits, Sandbox, SandboxError
from hub.knowledge.catalogue.columns import Brought
from hub.knowledge.catalogue.diff import Diff, difference
from hub.knowledge.catalogue.formats import read_file, write_file
from hub.knowledge.catalogue.import_log import Import, Taken
from hub.knowledge.catalogue.toml_format import Catalogue, CatalogueError
from hub.knowledge.edition import Card, CardKind, Edition, draft_of
from hub.knowledge.editorial import Editorial

READING = Limits(time_s=60.0, memory=1 << 30, nice=5)
"""A file of 20,000 services is read in ten seconds, with a third of that memory."""


class Source(Struct, frozen=True):
    """A file with its name, its origin, and whether it is complete."""

    name: str
    content: bytes
    source: str = ""
    whole: bool = False


class Looked(Struct, frozen=True):
    diff: Diff
    versions: Mapping[str, int]
    """Versions of the newest editions by names of cards; a new card has none."""
    checksum: str
    """SHA-256 of the file."""


class Accepted(Struct, frozen=True):
    written: tuple[str, ...]
    refused: Mapping[str, str]
    """Names of cards, and why."""


class Undone(Struct, frozen=True):
    done: tuple[str, ...]
    refused: Mapping[str, str]
    """Names of cards, and why."""


class CatalogueImport:
    def __init__(self, editorial: Editorial, store: Store) -> None:
        self._editorial, self._store, self._sandbox = editorial, store, Sandbox(READING)

    async def look(self, source: Source) -> Looked:
        """Preview. Raises CatalogueError for an unusable or inadmissible file."""
        newest = await self._newest()
        known = {each.name: each.card for each in newest.values()}
        brought = await self._read(source)
        diff = await asyncio.to_thread(self._difference, brought, known, source)
        versions = {each.name: newest[each.name].version for each in diff.differences if each.name in newest}
        return Looked(diff, versions, checksum_of(source.content))

    async def accept(self, who: Operator, source: Source, seen: Mapping[str, int], now: datetime) -> Accepted:
        """Write drafts of the selected cards by name; cards changed since the preview are refused.

        Raises CatalogueError, and RefusedError where nothing is new.
        """
        looked = await self.look(source)
        chosen = [each for each in looked.diff.differences if each.name in seen]
        if not chosen:
            raise RefusedError("nothing_new", "В файле нет ничего нового.")
        drafts = {each.name: each.card for each in await self._editorial.drafts()}
        taken, refused = list[Taken](), dict[str, str]()
        for each in chosen:
            try:
                draft = await self._editorial.write(who, each.after, seen[each.name] or await self._last_version(each.name))
                taken.append(Taken(each.name, draft.version, draft.written, drafts.get(each.name)))
            except RefusedError as error:
                refused[each.name] = str(error)
        made = Import(secrets.token_hex(8), now, who.login, source.name, source.source, looked.checksum, tuple(taken))
        audit_entry = AuditEntry(now, who.login, "catalogue_imported", source.source,
                                 f"{source.name}: {len(taken)} sha256 {looked.checksum}")
        await self._store.exchange((), (), audit_entry, new=(made,) if taken else ())
        return Accepted(tuple(each.name for each in taken), refused)

    async def imports(self, limit: int) -> list[Import]:
        """Imports, newest first."""
        return await self._store.marked(Import, "imported", newest=True, limit=limit)

    async def undo(self, who: Operator, id_: str, now: datetime) -> Undone:
        """Undo an import. Published and edited drafts stay.

        Raises RefusedError: unknown import, already undone, or nothing to undo.
        """
        before = await self._store.get(Import, id_)
        if before is None:
            raise RefusedError("no_such_import", "Такой загрузки нет.")
        if before.undone:
            raise RefusedError("already_undone", "Эту загрузку уже отменили.")
        done, refused = list[str](), dict[str, str]()
        for each in before.taken:
            try:
                await self._take_back(who, each)
                done.append(each.name)
            except RefusedError as error:
                refused[each.name] = error.text
        if not done:
            raise RefusedError("nothing_left", "Отменять нечего: все карточки с тех пор изменены или опубликованы.")
        audit_entry = AuditEntry(now, who.login, "catalogue_undone", before.source, f"{before.file}: {len(done)} sha256 {before.checksum}")
        await self._store.exchange((replace(before, undone=now),), (), audit_entry, seen=(before,))
        return Undone(tuple(done), refused)

    async def _take_back(self, who: Operator, taken: Taken) -> None:
        sort, _, id_ = taken.name.partition("/")
        draft = draft_of(await self._editorial.editions(CardKind(sort), id_))
        if draft is None or (draft.version, draft.written) != (taken.version, taken.written):
            raise RefusedError("other_version", "Карточку с тех пор изменили или опубликовали.")
        if taken.before:
            await self._editorial.write(who, taken.before, draft.version)
        else:
            await self._editorial.discard(who, CardKind(sort), id_, draft.version)

    def export(self, suffix: str) -> bytes:
        """The records valid today. Raises CatalogueError."""
        held = self._editorial.handbook()
        return write_file(suffix, Catalogue(tuple(held.authorities.values()), tuple(held.offices.values()), tuple(held.services.values())))

    async def _newest(self) -> dict[str, Edition]:
        every = sorted([*self._editorial.held, *await self._editorial.drafts()], key=lambda each: each.version)
        return {each.name: each for each in every}

    async def _last_version(self, name: str) -> int:
        """Last version of a withdrawn card that is imported again."""
        found = await self._store.marked(Edition, "card", name, newest=True, limit=1)
        return found[0].version if found else 0

    async def _read(self, source: Source) -> list[Brought]:
        """Files are untrusted: they are parsed in a process of their own with a memory limit. Raises CatalogueError."""
        try:
            return await self._sandbox.run(list[Brought], read_file, source.name, source.content)
        except ValueError as error:
            raise CatalogueError(str(error)) from error
        except SandboxError as error:
            message = f"файл не удалось прочитать: {error}"
            raise CatalogueError(message) from error

    def _difference(self, brought: list[Brought], known: Mapping[str, Card], source: Source) -> Diff:
        return difference(brought, known, self._editorial.today, source.source, whole=source.whole)


def checksum_of(content: bytes) -> str:
    return sha256(content).hexdigest()
