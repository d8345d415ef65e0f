"""Actions of operators on a conversation: answer, note, transfer, promise, snooze, close.

Every action checks its permission, and writes an audit entry where required.

Uses: access, conversations, dispatch, federation, kernel, knowledge, organisation.
"""
