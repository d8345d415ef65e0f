"""What every room stands on: errors, ids, documents and their indexes, timers, limits, patterns.

Knows no conversation, no citizen and no operator.
"""
