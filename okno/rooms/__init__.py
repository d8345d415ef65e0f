"""Sets the rooms of the hub up out of a configuration, one module a room: each builds its parts and subscribes them.

In the order of the levels of hub/: a setup takes the faces of rooms below it. Imported by okno/app.py alone.
"""
