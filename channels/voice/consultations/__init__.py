"""Consultations: an operator puts a caller aside and talks to somebody else, or all talk together."""
