"""The conversation aggregate: its journal, its single writer, delivery to channels, and files.

Does not decide who answers; a conversation has one holder at a time.

Uses: kernel, organisation.
"""
