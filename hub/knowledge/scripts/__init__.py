"""Conversation scripts for operators: versions, checks, runs and statistics."""
