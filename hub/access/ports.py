"""Interfaces that the room needs."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from hub.access.directory_roles import Person
from hub.access.second_factor import Passkey


class PasskeyCeremony(Protocol):
    """WebAuthn ceremonies: the options sent to the browser, and the verification of its answers (PublicKeyCredential.toJSON).

    Verification raises RefusedError for an invalid answer.
    """

    def creation(self, challenge: bytes, login: str, name: str, known: Sequence[Passkey]) -> dict[str, Any]:
        """The options of navigator.credentials.create(); `known` passkeys are excluded."""

    def created(self, answer: dict[str, Any], challenge: bytes) -> tuple[str, bytes, int]:
        """Id, public key and counter of a new passkey."""

    def request(self, challenge: bytes, known: Sequence[Passkey]) -> dict[str, Any]:
        """The options of navigator.credentials.get(); without known passkeys the user must be verified."""

    def shown(self, answer: dict[str, Any], challenge: bytes, passkey: Passkey, *, alone: bool) -> int:
        """The new counter of a used passkey; `alone` requires user verification."""


class IdentityProvider(Protocol):
    """An identity provider that operators sign in with. Raises RefusedError, whose text is for people."""

    title: str
    """The text of its button."""

    async def begin(self) -> tuple[str, bytes]:
        """Where the browser is sent, and what it must bring back."""

    async def finish(self, query: Mapping[str, str], brought: bytes) -> Person:
        """The person who came back with this query."""

    async def ended(self, token: str) -> tuple[str, str]:
        """Whose session, and which one ("" is all), a provider's logout token ends."""
