"""Chooses the next holder of a waiting conversation. Pure: no clock, no sockets, no database."""
