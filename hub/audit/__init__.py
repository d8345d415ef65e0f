"""The chain of audit entries: how it is verified, and its signed daily seals.

Does not decide what is audited: each step brings its entry.

Uses: kernel.
"""
