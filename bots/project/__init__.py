"""Projects of designers: files, domain, examples, stories; their checks, tests and differences."""
