"""Since when a citizen waits for a word of the operator who holds the conversation. Pure."""

from collections.abc import Sequence
from datetime import datetime

from hub.conversations.conversation import WithOperator
from hub.conversations.journal import StoredEvent, spoken
from hub.conversations.message import Author


def unanswered_since(holder: WithOperator, tail: Sequence[StoredEvent]) -> datetime | None:
    """From the acceptance until the first reply, afterwards from the first message that was not answered; None if all were.

    `tail` are the last records. Where they do not reach back to the acceptance, the first of them counts.
    """
    said = [message for record in tail if (message := spoken(record.entry)) is not None and message.at >= holder.since]
    reaches = not tail or any(getattr(record.entry, "at", holder.since) <= holder.since for record in tail)
    since: datetime | None = holder.since if reaches else next((each.at for each in said), None)
    for message in said:
        if message.author is Author.OPERATOR:
            since = None
        elif message.author is Author.CITIZEN:
            since = since or message.at
    return since
