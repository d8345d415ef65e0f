"""Desk API of hub/telephony: endpoints and their data."""
