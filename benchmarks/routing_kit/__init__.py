"""A benchmark of routers that anybody can run against their own: see README.md beside it."""
