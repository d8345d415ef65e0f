"""Desk API of hub/appointments: endpoints and their data."""
