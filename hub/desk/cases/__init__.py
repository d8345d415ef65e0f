"""Desk API of hub/cases: endpoints and their data."""
