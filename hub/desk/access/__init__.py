"""hub/access at the desk: endpoints, and what travels by them."""
