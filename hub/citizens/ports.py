"""Interfaces that the room needs."""

from collections.abc import Mapping
from typing import Protocol

from hub.conversations.verification_level import Account


class CitizenAccounts(Protocol):
    """Identity provider of citizens: ЕСИА.

    Raises RefusedError: `denied`, `unconfirmed` and `failed` (forged, or another person's) are caused by the citizen; `away` by the
    provider, `misconfigured` by the hub.
    """

    leave: str
    """Address that ends the browser's session there."""

    async def begin(self, *, named: bool) -> tuple[str, bytes]:
        """Where the browser is sent, and what it must bring back; `named` requests the name, too."""

    async def finish(self, query: Mapping[str, str], brought: bytes) -> Account:
        """The person who came back with this query."""
