"""Systems outside that the hub asks and tells: departments, portals, АИС МФЦ. One driver file a kind of system; caller.py is theirs all."""
