"""Desk API of hub/access: endpoints and their data."""
