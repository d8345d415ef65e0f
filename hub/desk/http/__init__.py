"""The HTTP server of the desk: endpoints, paging, OpenAPI, common data."""
