"""Interfaces that the room needs."""

from collections.abc import Sequence
from typing import Protocol

from hub.citizens.code_words import Vouched
from hub.citizens.consent import Consents, ConsentText, Contact, Given
from hub.conversations.conversation import Conversation
from hub.privacy.erased_conversation import Erasure
from hub.privacy.subject_request import RequestKind, SubjectRequest


class DataSubject(Protocol):
    """A citizen's actions on their own data, through a channel with a key of their own; the conversation is that of the channel."""

    def text(self, purpose: str, version: int = 0) -> ConsentText | None:
        """A consent text that is or was valid; 0 is the current one."""

    async def agree(self, conversation: int, given: Given, contact: Contact) -> None:
        """Give consent, with the contact for the answer. Raises StoreError."""

    async def consents(self, conversation: int) -> Consents: ...

    async def withdraw(self, conversation: int) -> None:
        """Withdraw the consent. Idempotent; raises StoreError."""

    def offered(self, head: Conversation) -> bool:
        """Whether requests are answered here; the federal level forwards and keeps no profile (D19)."""

    async def demand(self, conversation: int, kind: RequestKind, text: str) -> None:
        """Make a request. An equal open one is returned; raises RefusedError, StoreError."""

    def demands(self, conversation: int) -> list[SubjectRequest]:
        """The requests of this conversation, newest first."""

    async def vouched(self, head: Conversation) -> Vouched:
        """Code words, and powers of attorney given and held. Raises StoreError."""

    def known(self, head: Conversation) -> bool:
        """Whether the citizen is verified by ЕСИА, and may choose another code word."""

    async def withdraw_word(self, head: Conversation, key: str) -> None:
        """Revoke a code word. Raises RefusedError("no_such_voucher"), StoreError; so do the next two."""

    async def change_word(self, head: Conversation, key: str, word: str) -> None:
        """Choose another one. Also raises RefusedError without verification (`known`), or for an invalid word."""

    async def end_power(self, head: Conversation, key: str) -> None:
        """End a power of attorney, given or held."""


class ErasureRegister(Protocol):
    """Register of erasures, pending and done: stored apart from the store, so that a restored backup does not restore erased data.

    Blocks; raises OSError.
    """

    def add(self, erasures: Sequence[Erasure]) -> None:
        """Append durably."""

    def after(self, number: int, limit: int | None = None) -> list[Erasure]:
        """All after the first so many, in order, or `limit` of these."""
