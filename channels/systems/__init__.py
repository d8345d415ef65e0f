"""External systems: departments, portals, АИС МФЦ. One driver file for each kind of system; http_client.py is shared."""
