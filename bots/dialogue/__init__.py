"""Dialogues of designers as they run: tracker, policies, forms, actions."""
