"""Keepers of key-encryption keys (hub.kernel.ports.Keys): one file for each, found by its name in the configuration."""
