"""Desk API of hub/actions: endpoints and their data."""
