"""Verification of a citizen by a Госуслуги account, and the return to the conversation (ST-04, CH-16).

Stored are the level and its end, the account as a keyed digest, and the name with consent; the account itself for an hour in memory.
Never at the federal centre (FD-04).
"""

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import blake2b

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from hub.access.federal_separation import FederalDataPolicy
from hub.citizens.address_linking import AddressLinking
from hub.citizens.ports import CitizenAccounts
from hub.citizens.verification import VerificationService
from hub.conversations.address import Address, Citizen
from hub.conversations.conversation import Closed, Conversation
from hub.conversations.identities import ACCOUNT, How, Pepper
from hub.conversations.ports import Store
from hub.conversations.sequencer import ConversationSequencer
from hub.conversations.verification_level import LASTS, Proven
from hub.kernel.errors import RefusedError
from hub.kernel.web.cookies import Cookies

WITHIN = timedelta(minutes=10)
COUNTED = frozenset({"denied", "unconfirmed", "failed"})
"""Failures caused by the citizen, or by an impostor."""
OVER = RefusedError("over", "Подтверждение начато не здесь или слишком давно.")


class Begun(Struct, frozen=True):
    """What the browser brings back: conversation, return address and language; "" is a chat open elsewhere."""

    conversation: int
    back: str
    lang: str
    kept: bytes = b""
    """State of the identity provider; b"" before the redirect."""


class EsiaVerification:
    """hub.intake.ports.CitizenProofs."""

    def __init__(self, sequencer: ConversationSequencer, store: Store, federal_policy: FederalDataPolicy,
                 verification_service: VerificationService, linking: AddressLinking, accounts: CitizenAccounts,
                 *, secure: bool) -> None:
        self._sequencer, self._store, self._federal_policy = sequencer, store, federal_policy
        self._verification_service, self._linking, self._accounts = verification_service, linking, accounts
        self._cookies = Cookies()
        self._pepper = b""
        self._ended: dict[str, datetime] = {}
        """Tickets used once, until their expiry."""
        self._subjects: dict[int, tuple[str, datetime]] = {}
        """Conversations with a signed-in citizen, the account, and how long systems may be queried for it. In memory only."""
        self.leave, self.secure = accounts.leave, secure

    async def start(self) -> None:
        """Load the digests of accounts of earlier runs."""
        pepper = await self._store.get(Pepper, ACCOUNT)
        if pepper is None:
            await self._store.put(pepper := Pepper(ACCOUNT, secrets.token_bytes(32)))
        self._pepper = pepper.secret

    def provable(self, head: Conversation) -> bool:
        return self._federal_policy.keeps_history(head) and not isinstance(head.holder, Closed)

    def subject(self, head: Conversation) -> str:
        """The account of the current citizen; "" where a new sign-in is needed, as after a restart."""
        subject, until = self._subjects.get(head.id, ("", self._sequencer.now()))
        return subject if self._sequencer.now() < until and not isinstance(head.holder, Closed) else ""

    def ticket(self, conversation: int, back: str, lang: str) -> str:
        return self._sealed(Begun(conversation, back, lang))

    async def begun(self, ticket: str) -> tuple[Begun, Conversation]:
        """The content of a browser's ticket; raises RefusedError."""
        content = self._cookies.opened(ticket, self._sequencer.now())
        if content is None:
            raise OVER
        begun = msgspec.json.decode(content, type=Begun)
        head = (await self._sequencer.load(begun.conversation)).head
        if not self.provable(head):
            raise OVER
        return begun, head

    async def begin(self, ticket: str, *, named: bool) -> tuple[str, str]:
        """The redirect, and what the browser brings back; raises RefusedError."""
        begun, head = await self.begun(ticket)
        await self._verification_service.unlocked(head)
        address, kept = await self._accounts.begin(named=named)
        return address, self._sealed(replace(begun, kept=kept))

    async def finish(self, ticket: str, query: Mapping[str, str]) -> None:
        """A citizen returned from the provider; raises RefusedError."""
        begun, head = await self.begun(ticket)
        if not begun.kept or not self._once(ticket):
            raise OVER
        await self._verification_service.unlocked(head)
        try:
            account = await self._accounts.finish(query, begun.kept)
        except RefusedError as error:
            if error.code in COUNTED:
                await self._verification_service.failed(head, "", error.code)
            raise
        _, head = await self.begun(ticket)  # it may have been closed meanwhile
        digest = blake2b(account.subject.encode(), key=self._pepper, digest_size=16).hexdigest()
        await self._linking.attested(head, Address(ACCOUNT, digest))
        name = self._federal_policy.kept(Citizen(account.name)).name
        await self._verification_service.reached(head.id, Proven.ACCOUNT, How.ACCOUNT, "", name)
        now = self._sequencer.now()
        self._subjects = {number: each for number, each in self._subjects.items() if now < each[1]}
        self._subjects[head.id] = account.subject, now + LASTS

    def _once(self, ticket: str) -> bool:
        now = self._sequencer.now()
        self._ended = {each: until for each, until in self._ended.items() if now <= until}
        fresh = ticket not in self._ended
        self._ended[ticket] = now + WITHIN
        return fresh

    def _sealed(self, begun: Begun) -> str:
        return self._cookies.sealed(msgspec.json.encode(begun), self._sequencer.now() + WITHIN)
