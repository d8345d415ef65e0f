"""Desk API of hub/dispatch: endpoints and their data."""
