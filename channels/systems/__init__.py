"""External systems: departments, portals, АИС МФЦ. One driver file for each kind of system; caller.py is shared."""
