"""Pulls the register of a portal into drafts (KB-04, IN-01).

That it was pulled is stored after its drafts are: whatever stops in between is done again, and records that are there already are the same.
"""

from collections.abc import Callable
from datetime import datetime
from hashlib import sha256

from msgspec import Struct

from hub.importing import Accepted, Importing, Looked, Source
from hub.operators import Operator
from hub.portals import Portal, Pull
from hub.ports import Store


class Brought(Struct, frozen=True):
    looked: Looked
    accepted: Accepted | None = None


class Pulling:
    """Of one portal: `key` is its own, `title` what records are said to be from that do not say so."""

    def __init__(self, key: str, title: str, portal: Portal, importing: Importing, store: Store, now: Callable[[], datetime]) -> None:
        self._key, self._title, self._portal = key, title, portal
        self._importing, self._store, self._now = importing, store, now

    async def look(self) -> Looked | None:
        """What its register would change; None where it is as it was at the last pull. Raises CatalogueError, and as Portal does."""
        source = await self._source(await self._store.get(Pull, self._key))
        return await self._importing.look(source[0]) if source else None

    async def take_in(self, who: Operator, *, again: bool = False) -> Brought | None:
        """Write drafts of all that is new; with `again` also where it has not changed. Raises as `look` does.

        A card that somebody changed meanwhile is refused, and comes with the next pull.
        """
        source = await self._source(None if again else await self._store.get(Pull, self._key))
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
        return Brought(looked, accepted)

    async def _source(self, last: Pull | None) -> tuple[Source, Pull] | None:
        pulled = await self._portal.pull(last)
        if pulled is None:
            return None
        checksum = sha256(pulled.content).hexdigest()
        if last and last.checksum == checksum:  # a portal without marks of change
            return None
        return (Source(f"{self._key}{self._portal.form}", pulled.content, self._title, whole=True),
                Pull(self._key, self._now(), checksum, pulled.etag, pulled.modified))
