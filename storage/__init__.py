"""Stores behind hub.conversations.ports.Store: all pass tests/storage/contract.py."""
