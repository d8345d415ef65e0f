"""Stored marks of current calls, by which a restarted hub finds its callers at their exchanges."""

from collections.abc import Collection

from hub.conversations.delivery_status import Bookmark
from hub.conversations.ports import Store

NAME = "voice.asterisk"


class StoredCalls:
    """`first` also has the calls from before several exchanges: their bookmarks name none."""

    def __init__(self, store: Store, first: str) -> None:
        self._store, self._first = store, first

    async def begin(self, conversation: int, exchange: str, uniqueid: str) -> bool:
        """False for a call from before the hub's start."""
        known = await self._store.get(Bookmark, f"{NAME}/{conversation}")
        if known is not None and self._read(known.value) == (exchange, uniqueid):
            return False
        await self._store.put(Bookmark(f"{NAME}/{conversation}", f"{exchange}/{uniqueid}"))
        return True

    async def end(self, conversation: int) -> None:
        await self._store.drop(Bookmark, f"{NAME}/{conversation}")

    async def of(self, exchange: str) -> dict[str, int]:
        """Conversations by the uniqueids of their calls."""
        return {uniqueid: conversation for where, uniqueid, conversation in await self._all() if where == exchange}

    async def elsewhere(self, exchanges: Collection[str]) -> list[int]:
        """Conversations of calls at removed exchanges."""
        return [conversation for where, _, conversation in await self._all() if where not in exchanges]

    async def call(self, conversation: int) -> tuple[str, str] | None:
        """Exchange and uniqueid of a conversation's call."""
        mark = await self._store.get(Bookmark, f"{NAME}/{conversation}")
        return self._read(mark.value) if mark is not None else None

    async def _all(self) -> list[tuple[str, str, int]]:
        marks = [mark for mark in await self._store.all(Bookmark) if mark.key.startswith(f"{NAME}/")]
        return [(*self._read(mark.value), int(mark.key.removeprefix(f"{NAME}/"))) for mark in marks]

    def _read(self, value: str) -> tuple[str, str]:
        exchange, separator, uniqueid = value.partition("/")
        return (exchange, uniqueid) if separator else (self._first, value)
