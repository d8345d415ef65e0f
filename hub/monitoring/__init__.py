"""The floor as it is now: wallboard, alarms, health of the channels.

Shows and warns; steers nothing.

Uses: access, conversations, dispatch, federation, kernel, organisation, reporting.
"""
