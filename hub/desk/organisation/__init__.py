"""Desk API of hub/organisation: endpoints and their data."""
