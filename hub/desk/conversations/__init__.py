"""Desk API of hub/conversations: endpoints and their data."""
