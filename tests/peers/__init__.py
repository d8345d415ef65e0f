"""The far ends of carriers: real servers, each on a free port and gone afterwards, and doubles that speak the real bytes."""
