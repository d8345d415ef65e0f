"""Builds the rooms of the hub from a configuration, one module a room: each builds its parts and subscribes them.

In the order of the levels of hub/: a setup takes the facades of rooms below it. Only okno/app.py calls them. A `wire_…` is the part of
one that the tests' rigs share: it builds and subscribes, reads nothing, and starts nothing.
"""
