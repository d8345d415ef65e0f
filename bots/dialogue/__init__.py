"""Execution of designers' dialogues: tracker, policies, forms, actions."""
