"""Takes files of the catalogue in as drafts, once somebody has seen what they would change (KB-03).

Nothing is kept between looking and accepting: the file is brought again, with the versions of the cards that were seen, so that nobody
overwrites what he has not seen. Whoever accepts is the drafts' author: they are checked and published as any other.
"""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256

from msgspec import Struct

from hub.audit import Deed
from hub.catalogue import Catalogue
from hub.catalogue_columns import Brought
from hub.catalogue_diff import Diff, difference
from hub.catalogue_files import read_file, write_file
from hub.editing import Editing
from hub.editions import Card, Edition
from hub.errors import RefusedError
from hub.operators import Operator
from hub.ports import Store


class Source(Struct, frozen=True):
    """A file as it was brought: its name, its bytes, where it is from, and whether it holds all that there is."""

    name: str
    content: bytes
    source: str = ""
    whole: bool = False


class Looked(Struct, frozen=True):
    diff: Diff
    versions: Mapping[str, int]
    """Of the newest editions, by names of cards; a new card has none."""


class Accepted(Struct, frozen=True):
    written: tuple[str, ...]
    refused: Mapping[str, str]
    """Names of cards, and why."""


class Importing:
    def __init__(self, editing: Editing, store: Store) -> None:
        self._editing, self._store = editing, store

    async def look(self, source: Source) -> Looked:
        """What it would change. Raises CatalogueError for a file that cannot be used, or may not."""
        newest = await self._newest()
        known = {each.name: each.card for each in newest.values()}
        brought = await asyncio.to_thread(read_file, source.name, source.content)
        diff = await asyncio.to_thread(self._difference, brought, known, source)
        return Looked(diff, {each.name: newest[each.name].version for each in diff.differences if each.name in newest})

    async def accept(self, who: Operator, source: Source, seen: Mapping[str, int], now: datetime) -> Accepted:
        """Write drafts of the cards that were seen and chosen, by their names; what was changed meanwhile is refused.

        Raises CatalogueError, and RefusedError where nothing of it is new.
        """
        looked = await self.look(source)
        chosen = [each for each in looked.diff.differences if each.name in seen]
        if not chosen:
            raise RefusedError("nothing_new", "В файле нет ничего нового.")
        written, refused = list[str](), dict[str, str]()
        for each in chosen:
            try:
                await self._editing.write(who, each.after, seen[each.name] or await self._last_version(each.name))
                written.append(each.name)
            except RefusedError as error:
                refused[each.name] = str(error)
        told = f"{source.name}: {len(written)} sha256 {sha256(source.content).hexdigest()}"
        await self._store.exchange((), (), Deed(now, who.login, "catalogue_imported", source.source, told))
        return Accepted(tuple(written), refused)

    def export(self, suffix: str) -> bytes:
        """What holds today. Raises CatalogueError."""
        held = self._editing.handbook()
        return write_file(suffix, Catalogue(tuple(held.authorities.values()), tuple(held.offices.values()), tuple(held.services.values())))

    async def _newest(self) -> dict[str, Edition]:
        every = sorted([*self._editing.held, *await self._editing.drafts()], key=lambda each: each.version)
        return {each.name: each for each in every}

    async def _last_version(self, name: str) -> int:
        """Of a card that is not known any more: withdrawn, and taken in again."""
        found = await self._store.marked(Edition, "card", name, newest=True, limit=1)
        return found[0].version if found else 0

    def _difference(self, brought: list[Brought], known: Mapping[str, Card], source: Source) -> Diff:
        return difference(brought, known, self._editing.today, source.source, whole=source.whole)
