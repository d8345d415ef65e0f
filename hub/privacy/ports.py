"""What the room needs of others."""

from collections.abc import Sequence
from typing import Protocol

from hub.citizens.code_words import Vouched
from hub.citizens.consent import Consents, ConsentText, Contact, Given
from hub.conversations.conversation import Conversation
from hub.privacy.erased_conversation import Erasure
from hub.privacy.subject_request import RequestKind, SubjectRequest


class DataSubject(Protocol):
    """What a citizen does about his own data by a door that he alone has the key of; the conversation is the one behind it."""

    def text(self, purpose: str, version: int = 0) -> ConsentText | None:
        """A consent that is or was in force; for 0 the one that is."""

    async def agree(self, conversation: int, given: Given, contact: Contact) -> None:
        """He agrees, and says where he wants the answer. Raises StoreError."""

    async def consents(self, conversation: int) -> Consents: ...

    async def withdraw(self, conversation: int) -> None:
        """He takes back what he has agreed to. Twice is once; raises StoreError."""

    def offered(self, head: Conversation) -> bool:
        """Whether his demands are answered here; the federal level forwards and keeps no profile (D19)."""

    async def demand(self, conversation: int, kind: RequestKind, text: str) -> None:
        """He demands something. The same as one that is open is that one; raises RefusedError, StoreError."""

    def demands(self, conversation: int) -> list[SubjectRequest]:
        """His demands in this conversation, the newest first."""

    async def vouched(self, head: Conversation) -> Vouched:
        """His code words, and who asks for whom how an application stands. Raises StoreError."""

    def known(self, head: Conversation) -> bool:
        """Whether he is signed in by ЕСИА, so that he may choose another code word."""

    async def withdraw_word(self, head: Conversation, key: str) -> None:
        """His code word counts no more. Raises RefusedError("no_such_voucher"), StoreError; so do the next two."""

    async def change_word(self, head: Conversation, key: str, word: str) -> None:
        """He has chosen another one. Raises RefusedError as well where he is not `known`, or the word is none."""

    async def end_power(self, head: Conversation, key: str) -> None:
        """He asks for another no more, or another for him."""


class ErasureRegister(Protocol):
    """What was, and is to be, erased: kept apart from the store, so that a backup that is brought back brings nothing back of it.

    Blocks; raises OSError.
    """

    def add(self, erasures: Sequence[Erasure]) -> None:
        """Durably, behind all others."""

    def after(self, number: int, limit: int | None = None) -> list[Erasure]:
        """All but the first so many, in their order, or `limit` of these."""
