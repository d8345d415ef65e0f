"""Links to other centres, behind hub.federation.ports.Link: each passes tests/link/contract.py.

Uses: federation, kernel.
"""
