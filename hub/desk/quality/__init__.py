"""Desk API of hub/quality: endpoints and their data."""
