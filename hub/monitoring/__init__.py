"""The current state of the floor: wallboard, alarms, health of the channels.

Read-only: shows and warns.

Uses: access, conversations, dispatch, federation, kernel, organisation, reporting.
"""
