"""The catalogue of public services in and out: TOML, CSV, XLSX, JSON-LD, portals."""
