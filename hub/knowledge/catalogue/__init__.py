"""Import and export of the catalogue of public services: TOML, CSV, XLSX, JSON-LD, portals."""
