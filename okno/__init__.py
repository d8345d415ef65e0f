"""Application: configuration, command line, and the wiring of all parts."""
