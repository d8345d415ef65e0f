"""Stores behind hub.conversations.ports.Store: each passes tests/storage/contract.py."""
