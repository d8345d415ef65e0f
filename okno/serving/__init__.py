"""The process: HTTP server, supervisor, cluster, logs, metrics."""
