"""hub/conversations at the desk: endpoints, and what travels by them."""
