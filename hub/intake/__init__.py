"""The way in: a message is filtered, accepted, stored and reacted to.

Acknowledges nothing that is not stored.

Uses: access, actions, cases, conversations, kernel, notifications, organisation, privacy, robot, telephony.
"""
