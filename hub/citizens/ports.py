"""What the room needs of others."""

from collections.abc import Mapping
from typing import Protocol

from hub.conversations.verification_level import Account


class CitizenAccounts(Protocol):
    """Where citizens prove who they are: ЕСИА.

    Raises RefusedError: `denied`, `unconfirmed` and `failed` (forged, or another's) are the citizen's; `away` is theirs, `misconfigured`
    is ours.
    """

    leave: str
    """Where a browser ends its session there."""

    async def begin(self, *, named: bool) -> tuple[str, bytes]:
        """Where the browser is sent, and what it must bring back; `named` asks for the name, too."""

    async def finish(self, query: Mapping[str, str], brought: bytes) -> Account:
        """Who has come back with this query."""
