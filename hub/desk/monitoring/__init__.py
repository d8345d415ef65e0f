"""Desk API of hub/monitoring: endpoints and their data."""
