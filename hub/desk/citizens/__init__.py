"""Desk API of hub/citizens: endpoints and their data."""
