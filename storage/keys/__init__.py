"""Who keeps key-encryption keys (hub.ports.Keys): one file a keeper, found by its name in the configuration."""
