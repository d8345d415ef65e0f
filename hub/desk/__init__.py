"""The desk: HTTP API and live socket for operators, supervisors and designers. ui/ is its TypeScript source."""
