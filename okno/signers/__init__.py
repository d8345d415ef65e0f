"""Who signs for ЕСИА and verifies what it has signed (okno.esia.Signer): one file a driver, found by its name in the configuration."""
