"""The HTTP server of the desk: endpoints, paging, OpenAPI, what travels by REST."""
