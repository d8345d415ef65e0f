"""The aggregate: a conversation, its journal, its one writer, delivery to channels, and files.

Decides nothing about who answers; a conversation has one holder at a time.

Uses: kernel, organisation.
"""
