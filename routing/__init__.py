"""Chooses the next holder of what waits. Pure: no clock, no sockets, no database."""
