"""Marker of an operation that began and has not ended: a redelivery, as in message queues. Pure."""

from datetime import datetime

from hub.kernel.document import Document


class Redelivery(Document, frozen=True, tag="redelivery"):
    """`key` names the operation: "owed/<conversation>", or "in/<digest>" of a received message."""

    key: str
    at: datetime
    alone: bool
    """Whether this operation causes the crashes: a pending one ran alone; a received message has crashed the hub twice."""
