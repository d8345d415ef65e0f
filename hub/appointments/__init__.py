"""Slots at offices, bookings, invitations and their upkeep.

Promises no slot that it does not hold.

Uses: access, actions, cases, conversations, kernel, knowledge, notifications, organisation, robot.
"""
