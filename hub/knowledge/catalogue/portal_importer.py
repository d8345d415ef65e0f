"""Imports the register of a portal into drafts (KB-04, IN-01).

The pull is recorded after its drafts are stored: an interrupted one is repeated, and existing records are unchanged by it.
"""

from collections.abc import Callable, Mapping
from datetime import datetime

from msgspec import Struct

from hub.access.operator import Operator
from hub.conversations.ports import Store
from hub.kernel.errors import RefusedError
from hub.knowledge.catalogue.importer import Accepted, CatalogueImport, Looked, Source, checksum_of
from hub.knowledge.catalogue.portals import Portal, Pull


class ImportPreview(Struct, frozen=True):
    looked: Looked
    accepted: Accepted | None = None


class PortalImport:
    """One portal: `key` is its own, `title` the origin of records that do not name one."""

    def __init__(self, key: str, title: str, portal: Portal, importing: CatalogueImport, store: Store, now: Callable[[], datetime]) -> None:
        self._key, self.title, self._portal = key, title, portal
        self._importing, self._store, self._now = importing, store, now

    async def last(self) -> Pull | None:
        """The last recorded pull."""
        return await self._store.get(Pull, self._key)

    async def look(self, *, again: bool = False) -> Looked | None:
        """Preview; None where the register is unchanged since the last pull, unless `again`.

        Raises CatalogueError, and the errors of Portal.
        """
        source = await self._source(None if again else await self.last())
        return await self._importing.look(source[0]) if source else None

    async def accept(self, who: Operator, checksum: str, seen: Mapping[str, int]) -> Accepted:
        """Write drafts of the selected records; the pull is recorded once none are left.

        Raises as `look` does, and RefusedError("outdated") where the register has changed since.
        """
        source = await self._source(None)
        if source is None or source[1].checksum != checksum:
            raise RefusedError("outdated", "Портал тем временем изменил реестр: посмотрите его ещё раз.")
        file, pull = source
        looked = await self._importing.look(file)
        accepted = await self._importing.accept(who, file, seen, self._now())
        if not accepted.refused and len(accepted.written) == len(looked.diff.differences):
            await self._store.put(pull)
        return accepted

    async def close(self) -> None:
        await self._portal.close()

    async def take_in(self, who: Operator, *, again: bool = False) -> ImportPreview | None:
        """Write drafts of all new records; with `again` also of an unchanged register. Raises as `look` does.

        A card changed meanwhile is refused, and comes with the next pull.
        """
        source = await self._source(None if again else await self.last())
        if source is None:
            return None
        file, pull = source
        looked = await self._importing.look(file)
        accepted = None
        if looked.diff.differences:
            seen = {each.name: looked.versions.get(each.name, 0) for each in looked.diff.differences}
            accepted = await self._importing.accept(who, file, seen, self._now())
        if accepted is None or not accepted.refused:
            await self._store.put(pull)
        return ImportPreview(looked, accepted)

    async def _source(self, last: Pull | None) -> tuple[Source, Pull] | None:
        pulled = await self._portal.pull(last)
        if pulled is None:
            return None
        checksum = checksum_of(pulled.content)
        if last and last.checksum == checksum:  # a portal without an ETag or a date
            return None
        return (Source(f"{self._key}{self._portal.form}", pulled.content, self.title, whole=True),
                Pull(self._key, self._now(), checksum, pulled.etag, pulled.modified))


class Catalogues(Struct, frozen=True):
    """All importers of a hub; portals by their keys in the configuration."""

    importing: CatalogueImport
    portals: Mapping[str, PortalImport]

    async def close(self) -> None:
        for each in self.portals.values():
            await each.close()
