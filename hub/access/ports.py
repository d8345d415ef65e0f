"""What the room needs of others."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from hub.access.directory_roles import Person
from hub.access.second_factor import Passkey


class PasskeyCeremony(Protocol):
    """Passkeys as browsers know them: what they are asked, and what their answers (PublicKeyCredential.toJSON) are worth.

    Whoever judges raises RefusedError for an answer that is worth nothing.
    """

    def creation(self, challenge: bytes, login: str, name: str, known: Sequence[Passkey]) -> dict[str, Any]:
        """What navigator.credentials.create() takes; none of the `known` is made again."""

    def created(self, answer: dict[str, Any], challenge: bytes) -> tuple[str, bytes, int]:
        """Id, public key and counter of a new one."""

    def request(self, challenge: bytes, known: Sequence[Passkey]) -> dict[str, Any]:
        """What navigator.credentials.get() takes; where none is known, whoever shows one must prove that he is its owner."""

    def shown(self, answer: dict[str, Any], challenge: bytes, passkey: Passkey, *, alone: bool) -> int:
        """The counter of a passkey that was shown; `alone` its owner must have been verified by it."""


class IdentityProvider(Protocol):
    """A provider of identities that operators sign in at. Raises RefusedError, whose text is for people."""

    title: str
    """What its button says."""

    async def begin(self) -> tuple[str, bytes]:
        """Where the browser is sent, and what it must bring back."""

    async def finish(self, query: Mapping[str, str], brought: bytes) -> Person:
        """Who has come back with this query."""

    async def ended(self, token: str) -> tuple[str, str]:
        """Whose session, and which ("" is all), a provider's own logout token ends."""
