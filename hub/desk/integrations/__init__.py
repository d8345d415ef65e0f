"""Desk API of hub/integrations: endpoints and their data."""
