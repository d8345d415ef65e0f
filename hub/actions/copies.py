"""Who else gets a reply: further mailboxes, on channels that carry them."""

from collections.abc import Mapping, Sequence

from hub.conversations.conversation import Conversation
from hub.conversations.identities import MAILBOX
from hub.conversations.ports import Channel, CopyingChannel
from hub.kernel.errors import RefusedError


def copies(channels: Mapping[str, Channel], head: Conversation, mailboxes: Sequence[str]) -> tuple[str, ...]:
    """The mailboxes, each once, without the citizen's and our own; raises RefusedError("no_copies", "bad_address")."""
    if not mailboxes:
        return ()
    channel = channels.get(head.address.channel)
    if not isinstance(channel, CopyingChannel):
        raise RefusedError("no_copies", "Копии получают только по электронной почте.")
    wrong = next((each for each in mailboxes if not MAILBOX.fullmatch(each)), None)
    if wrong is not None:
        raise RefusedError("bad_address", f"Это не адрес почты: {wrong}")
    return channel.copied(mailboxes, head.address.value)
