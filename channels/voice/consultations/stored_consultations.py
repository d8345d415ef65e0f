"""Consultations of one exchange as stored for the next start of the hub: one bookmark each."""

from collections.abc import AsyncIterator, Container

import msgspec
from msgspec import Struct

from channels.voice.consultations.consultation import Legs, LiveConsultation
from hub.conversations.delivery_status import Bookmark
from hub.conversations.ports import Store
from hub.telephony.ports import CallTopology, Consultation

PREFIX = "consultation/"


class StoredConsultation(Struct, frozen=True):
    """Stored state of a consultation at one of the exchanges: the last requested topology."""

    exchange: str
    ask: Consultation
    legs: Legs
    company: CallTopology


class StoredConsultations:
    def __init__(self, exchange: str, store: Store) -> None:
        self._exchange, self._store = exchange, store

    async def all(self, *, but: Container[int]) -> AsyncIterator[StoredConsultation]:
        """Those of this exchange whose conversation is not in `but` at that moment."""
        for mark in await self._store.all(Bookmark):
            if mark.key.startswith(PREFIX) and int(mark.key.removeprefix(PREFIX)) not in but:
                kept = msgspec.json.decode(mark.value, type=StoredConsultation)
                if kept.exchange == self._exchange:
                    yield kept

    async def put(self, table: LiveConsultation, company: CallTopology) -> None:
        kept = StoredConsultation(self._exchange, table.ask, table.legs, company)
        await self._store.put(Bookmark(_key(table), msgspec.json.encode(kept).decode()))

    async def drop(self, table: LiveConsultation) -> None:
        await self._store.drop(Bookmark, _key(table))


def _key(table: LiveConsultation) -> str:
    return f"{PREFIX}{table.ask.conversation}"
