"""Systems outside that the hub asks and tells: departments, portals, АИС МФЦ.

One driver file a kind of system; http_client.py is theirs all.
"""
