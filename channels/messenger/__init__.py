"""Messengers: one driver each, and what they share."""
