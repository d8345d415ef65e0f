"""Desk API of hub/robot: endpoints and their data."""
