"""Faults of a configuration: all are found before anything is opened, and each is reported with its line."""
