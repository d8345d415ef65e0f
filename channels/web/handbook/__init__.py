"""The public handbook: read-only pages of services, bodies, offices and articles for citizens and search engines."""
