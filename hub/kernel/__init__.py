"""The base of every room: errors, ids, documents and their indexes, timers, limits, patterns.

Contains no conversation, citizen or operator.
"""
