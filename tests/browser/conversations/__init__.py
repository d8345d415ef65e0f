"""Journeys of lists and of what is done after an answer."""
