"""What operators do with a conversation: answer, note, transfer, promise, snooze, close.

Every action checks its permission, and is in the audit where it must be.

Uses: access, conversations, dispatch, federation, kernel, knowledge, organisation.
"""
