"""The mark of something that was begun and has not ended: a redelivery, as message queues count them. Pure."""

from datetime import datetime

from hub.kernel.document import Document


class Redelivery(Document, frozen=True, tag="redelivery"):
    """`key` names what was begun: "owed/<conversation>", or "in/<digest>" of what a channel has brought."""

    key: str
    at: datetime
    alone: bool
    """Whether it is this that ends processes: of what is owed, nothing else was begun beside it; what was brought has done so twice."""
