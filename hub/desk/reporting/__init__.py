"""Desk API of hub/reporting: endpoints and their data."""
