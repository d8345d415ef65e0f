"""Desk API of hub/notifications: endpoints and their data."""
