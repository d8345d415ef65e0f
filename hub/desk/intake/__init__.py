"""Desk API of hub/intake: endpoints and their data."""
