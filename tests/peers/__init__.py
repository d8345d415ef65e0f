"""The far ends of carriers: real servers where there are any, and doubles that speak the real bytes."""
