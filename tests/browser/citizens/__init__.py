"""Journeys of the citizen's card."""
