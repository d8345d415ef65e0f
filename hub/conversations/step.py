"""What becomes of a conversation, before it is committed: values that rules give and the sequencer commits. Pure."""

from hub.conversations.conversation import Conversation
from hub.conversations.journal import ConversationEvent

Step = tuple[tuple[ConversationEvent, ...], Conversation]
"""Entries to add, and the head after them."""
OpenStep = tuple[tuple[ConversationEvent, ...], Conversation | None]
"""The same; None where the head stays as it is."""
