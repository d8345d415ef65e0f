"""The hash chain of audit entries: its verification, and its signed daily seals.

Does not decide what is audited: each room writes its own entries.

Uses: kernel.
"""
