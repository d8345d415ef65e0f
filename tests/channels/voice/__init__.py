"""Calls, against a real Asterisk."""
