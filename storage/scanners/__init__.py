"""Malware scanners (hub.conversations.ports.Scanner): one file for each program, found by its name in the configuration."""
