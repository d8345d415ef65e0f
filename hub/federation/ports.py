"""Interfaces that the room needs."""

from collections.abc import AsyncGenerator, Sequence
from typing import Protocol

from hub.conversations.message import Attachment
from hub.federation.envelope import Envelope
from hub.federation.handover_messages import RemoteConversation
from hub.kernel.signal import Signal


class Link(Protocol):
    """The link to other centres, which may be down.

    Messages arrive once, in the order of their sender, as soon as the link is up.
    """

    centres: Sequence[str]
    """Codes of the centres at its other ends."""
    on_told: Signal[[Envelope]]
    """Receives transient messages."""

    async def send(self, parcel: Envelope) -> None:
        """Returns when it is durable on this side. Raises LinkError: it may not have been sent; the same envelope may be sent again."""

    def receive(self) -> AsyncGenerator[Envelope, None]:
        """Messages for this centre. The request for the next one means that the last one is stored."""

    async def tell(self, parcel: Envelope) -> None:
        """Send at most once, for messages that are worthless later. Nothing is stored, and delivery is not confirmed.

        Raises LinkError where there is no such link, and for messages that are too long.
        """

    def up(self, centre: str) -> bool:
        """Whether it has been heard of recently."""

    async def close(self) -> None: ...


class ExpectFiles(Protocol):
    """Fetches the files named in a message of another centre once that is stored; raises StoreError."""

    async def __call__(self, conversation: int, centre: str, about: RemoteConversation, files: Sequence[Attachment], *,
                       at_home: bool) -> None:
        """`at_home`: that centre handed the conversation over; otherwise it received it."""
