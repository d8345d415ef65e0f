"""The front door: configuration, the command line, and the one place that wires everything."""
