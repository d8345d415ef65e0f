"""Verification levels: reached, expired and counted here for all kinds of proof (ST-04).

A code: address_linking.py; an account: esia_verification.py.
"""

import asyncio

from msgspec.structs import replace

from hub.conversations.address import Citizen
from hub.conversations.conversation import Conversation
from hub.conversations.identities import How, plain
from hub.conversations.journal import Verified
from hub.conversations.ports import Store
from hub.conversations.sequencer import ConversationSequencer
from hub.conversations.verification_level import LASTS, LOCKED, Misses, Proven, Verification, locked_s, missed, proven
from hub.kernel.audit_entry import AuditEntry
from hub.kernel.errors import RefusedError

ADVICE = ("Подтвердить личность трижды не получилось: это снова станет возможно через {minutes} мин. Раньше — лично, с паспортом, "
          "в МФЦ или в самом ведомстве.")


class NoVerification:
    """hub.intake.ports.CitizenProofs of a hub without verification."""

    secure = False

    def provable(self, head: Conversation) -> bool:
        del head
        return False

    def ticket(self, conversation: int, back: str, lang: str) -> str:
        del conversation, back, lang
        return ""


class VerificationService:
    def __init__(self, sequencer: ConversationSequencer, store: Store) -> None:
        self._sequencer, self._store = sequencer, store
        self._counting = asyncio.Lock()

    async def forget(self) -> None:
        """Drop expired failures: at the start, and with each new failure."""
        now = self._sequencer.now()
        for misses in await self._store.all(Misses):
            if now - misses.at[-1] >= LOCKED:
                await self._store.drop(Misses, misses.address)

    async def unlocked(self, head: Conversation) -> None:
        """Raises RefusedError("locked") after too many failures."""
        if wait_s := locked_s(await self._store.get(Misses, plain(head.address)), self._sequencer.now()):
            raise RefusedError("locked", ADVICE.format(minutes=wait_s // 60 + 1), wait_s)

    async def failed(self, head: Conversation, by: str, why: str) -> None:
        """A failed proof: a wrong code, an unconfirmed account, a forged answer."""
        address, now = plain(head.address), self._sequencer.now()
        async with self._counting:
            misses = missed(await self._store.get(Misses, address), address, now)
            locked = ", locked" if locked_s(misses, now) else ""
            await self._store.put(misses, AuditEntry(now, by, "verify_failed", str(head.id), f"{why}{locked}"))
            await self.forget()

    async def reached(self, conversation: int, level: Proven, how: How, by: str, name: str = "") -> None:
        """A proof succeeded; a higher level stays. `name` is stored with the citizen's consent."""
        live = await self._sequencer.load(conversation)
        now = self._sequencer.now()
        if proven(live.head.verification, now) > level:
            return
        verification = Verification(level, now + LASTS)
        citizen: Citizen = replace(live.head.citizen, name=name) if name else live.head.citizen
        await self._sequencer.committed_step(
            live, (Verified(now, level, how, verification.until, by),), head=replace(live.head, verification=verification, citizen=citizen),
            audit_entries=(AuditEntry(now, by, "verified", str(conversation), f"{level.name.lower()} ({how})"),))
        if await self._store.get(Misses, plain(live.head.address)):
            await self._store.drop(Misses, plain(live.head.address))
