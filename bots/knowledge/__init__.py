"""Answers from the knowledge base: articles, danger to life, the wish for a person."""
