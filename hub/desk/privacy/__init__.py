"""Desk API of hub/privacy: endpoints and their data."""
