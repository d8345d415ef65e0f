"""Intake: filters a message, accepts it, stores it and reacts to it.

Only a stored message is acknowledged to its carrier.

Uses: access, actions, cases, conversations, federation, kernel, notifications, organisation, privacy, robot, telephony.
"""
