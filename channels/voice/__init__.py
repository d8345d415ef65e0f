"""Calls: Asterisk plays, records and bridges; the hub decides."""
