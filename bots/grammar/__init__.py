"""Reads days, hours, numbers and places in citizens' texts as values, to be confirmed before use."""
