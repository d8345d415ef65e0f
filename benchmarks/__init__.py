"""Benchmarks: `python -m benchmarks.NAME` prints one JSON object as its last line, and compares within one run."""
