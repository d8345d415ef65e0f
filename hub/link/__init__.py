"""The line to other centres, behind hub.federation.ports.Link: every one passes tests/link/contract.py.

Uses: federation, kernel.
"""
