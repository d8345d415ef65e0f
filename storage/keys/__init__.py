"""Who keeps key-encryption keys (hub.kernel.ports.Keys): one file a keeper, found by its name in the configuration."""
