"""Stores consent texts, in memory and in the store, and given consents (152-ФЗ ст. 9).

Refusals are those of consent.py, and: unknown text, a newer version exists.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime

from hub.access.operator import Operator
from hub.citizens.consent import (
    Consents,
    ConsentText,
    Contact,
    Given,
    Phrasing,
    approve,
    give,
    in_force,
    key_of,
    newest,
    take_back,
    withdraw,
    write,
)
from hub.conversations.ports import Store
from hub.conversations.sequencer import ConversationSequencer
from hub.kernel.approval import Approval
from hub.kernel.audit_entry import AuditEntry
from hub.kernel.errors import RefusedError

Shipped = Mapping[str, tuple[Phrasing, Phrasing]]
"""Purposes to the shipped text, in Russian and in English."""

Withdrawn = Callable[[int, str, datetime], Awaitable[None]]
"""Called after all consents of a conversation were withdrawn, with the login, "" for the citizen. Raises StoreError."""


class ConsentService:
    """The consents of one hub."""

    def __init__(self, sequencer: ConversationSequencer, store: Store, shipped: Shipped, withdrawn: Withdrawn) -> None:
        self._sequencer, self._store, self._shipped, self._withdrawn = sequencer, store, shipped, withdrawn
        self._known: dict[str, ConsentText] = {}
        self._changing = asyncio.Lock()

    async def start(self) -> None:
        """A purpose without a text gets the shipped one."""
        self._known = {each.key: each for each in await self._store.all(ConsentText)}
        now = self._sequencer.now()
        for purpose, wordings in self._shipped.items():
            if newest(self._known.values(), purpose) is None:
                first = ConsentText(key_of(purpose, 1), purpose, 1, *wordings, "", now, Approval("", now))
                await self._store.put(first, AuditEntry(now, "", "consent_text_filled", first.key))
                self._known[first.key] = first

    def all(self) -> list[ConsentText]:
        return list(self._known.values())

    def text(self, purpose: str, version: int = 0) -> ConsentText | None:
        """A version that is or was valid; 0 is the valid one."""
        if not version:
            return in_force(self._known.values(), purpose)
        found = self._known.get(key_of(purpose, version))
        return found if found and found.approval else None

    async def write(self, who: Operator, purpose: str, version: int, ru: Phrasing, en: Phrasing) -> ConsentText:
        """Write a new version after the one seen (0: the first). The valid one stays until it is approved. Idempotent."""
        async with self._changing:
            before = newest(self._known.values(), purpose)
            if before and (before.version, before.ru, before.en, before.written_by) == (version + 1, ru, en, who.login):
                return before
            _expect(before, version)
            return await self._put(who, "consent_text", write(before, purpose, ru, en, who.login, self._sequencer.now()))

    async def approve(self, who: Operator, purpose: str, version: int) -> ConsentText:
        """Approve the version that the approver has read."""
        async with self._changing:
            before = newest(self._known.values(), purpose)
            if before is None:
                raise RefusedError("no_such_consent", "Такого согласия нет.")
            _expect(before, version)
            after = approve(before, who.login, self._sequencer.now())
            return before if after == before else await self._put(who, "consent_text_approved", after)

    async def _put(self, who: Operator, what: str, after: ConsentText) -> ConsentText:
        await self._store.put(after, AuditEntry(self._sequencer.now(), who.login, what, after.key))
        self._known[after.key] = after
        return after

    async def of(self, conversation: int) -> Consents:
        return await self._store.get(Consents, str(conversation)) or Consents(str(conversation))

    async def give(self, conversation: int, given: Given, contact: Contact) -> None:
        """Stored before the citizen's data is accepted. Raises StoreError."""
        async with self._changing:
            before = await self.of(conversation)
            after = give(before, given, contact)
            if after == before:
                return
            await self._store.put(after, AuditEntry(given.at, "", "consent_given", str(conversation), key_of(given.purpose, given.version)))

    async def withdraw(self, conversation: int, by: str) -> bool:
        """Whether there was a consent to withdraw; answers to surveys become anonymous.

        `by` is a login, "" is the citizen.
        """
        async with self._changing:
            before = await self.of(conversation)
            if not before.valid:
                return False
            now = self._sequencer.now()
            told = ", ".join(key_of(each.purpose, each.version) for each in before.given if each.withdrawn is None)
            await self._store.put(withdraw(before, by, now), AuditEntry(now, by, "consent_withdrawn", str(conversation), told))
            await self._withdrawn(conversation, by, now)
            return True

    async def take_back(self, conversation: int, key: str) -> None:
        """The citizen withdraws the consent of one form; others stay."""
        async with self._changing:
            before, now = await self.of(conversation), self._sequencer.now()
            if (after := take_back(before, key, "", now)) != before:
                await self._store.put(after, AuditEntry(now, "", "consent_withdrawn", str(conversation), key.partition("/")[0]))


def _expect(known: ConsentText | None, version: int) -> None:
    if version != (known.version if known else 0):
        raise RefusedError("other_version", "Текст согласия только что изменился: посмотрите его ещё раз.")
