"""Who looks for what harms in files (hub.conversations.ports.Scanner): one program a file, found by its name in the configuration."""
