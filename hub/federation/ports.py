"""What the room needs of others."""

from collections.abc import AsyncGenerator, Sequence
from typing import Protocol

from hub.conversations.message import Attachment
from hub.federation.envelope import Envelope
from hub.federation.handover_messages import RemoteConversation
from hub.kernel.signal import Signal


class Link(Protocol):
    """The line to other centres, which may be down.

    What is sent arrives once, in the order of its sender, as soon as the line is there.
    """

    centres: Sequence[str]
    """Codes of those at its other ends."""
    on_told: Signal[[Envelope]]
    """Hears what others tell of this moment."""

    async def send(self, parcel: Envelope) -> None:
        """Returns when it is durable on this side. Raises LinkError: nothing is known to be sent; the same one may be sent again."""

    def receive(self) -> AsyncGenerator[Envelope, None]:
        """What came for this centre. Being asked for the next means that the last one is stored."""

    async def tell(self, parcel: Envelope) -> None:
        """At once or never: for what is worth nothing later. Nothing is kept of it, and nobody knows whether it has come.

        Raises LinkError where there is no such line, and for what is too long.
        """

    def up(self, centre: str) -> bool:
        """Whether it has been heard of lately."""

    async def close(self) -> None: ...


class ExpectFiles(Protocol):
    """Brings the files that a message of another centre speaks of, once that is stored; raises StoreError."""

    async def __call__(self, conversation: int, centre: str, about: RemoteConversation, files: Sequence[Attachment], *,
                       at_home: bool) -> None:
        """`at_home`: that centre has handed the conversation over; else it was handed to it."""
