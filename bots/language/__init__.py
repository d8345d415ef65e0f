"""Recognises the language of a message."""
