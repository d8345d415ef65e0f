"""Desk API of hub/knowledge: endpoints and their data."""
