"""Stores behind hub.ports.Store: all pass tests/storage/contract.py."""
