"""The line to other centres, behind hub.ports.Link: every one passes tests/link/contract.py."""
