"""The desk: HTTP and one live socket for operators, supervisors and designers. ui/ is its TypeScript source."""
