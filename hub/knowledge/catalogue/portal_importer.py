"""Pulls the register of a portal into drafts (KB-04, IN-01).

That it was pulled is stored after its drafts are: whatever stops in between is done again, and records that are there already are the same.
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
    """Of one portal: `key` is its own, `title` what records are said to be from that do not say so."""

    def __init__(self, key: str, title: str, portal: Portal, importing: CatalogueImport, store: Store, now: Callable[[], datetime]) -> None:
        self._key, self.title, self._portal = key, title, portal
        self._importing, self._store, self._now = importing, store, now

    async def last(self) -> Pull | None:
        """What was taken of it last."""
        return await self._store.get(Pull, self._key)

    async def look(self, *, again: bool = False) -> Looked | None:
        """What its register would change; None where it is as it was at the last pull, but `again` tells it all the same.

        Raises CatalogueError, and as Portal does.
        """
        source = await self._source(None if again else await self.last())
        return await self._importing.look(source[0]) if source else None

    async def accept(self, who: Operator, checksum: str, seen: Mapping[str, int]) -> Accepted:
        """Write drafts of what was seen in it and chosen; it counts as pulled once nothing of it is left.

        Raises as `look` does, and RefusedError("outdated") where it is another register by now.
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
        """Write drafts of all that is new; with `again` also where it has not changed. Raises as `look` does.

        A card that somebody changed meanwhile is refused, and comes with the next pull.
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
        if last and last.checksum == checksum:  # a portal without marks of change
            return None
        return (Source(f"{self._key}{self._portal.form}", pulled.content, self.title, whole=True),
                Pull(self._key, self._now(), checksum, pulled.etag, pulled.modified))


class Catalogues(Struct, frozen=True):
    """All ways in which a hub takes its catalogue in; portals by their keys in the configuration."""

    importing: CatalogueImport
    portals: Mapping[str, PortalImport]

    async def close(self) -> None:
        for each in self.portals.values():
            await each.close()
