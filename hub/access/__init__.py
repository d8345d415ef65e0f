"""Who may do what, by which account, and why something was read.

Grants nothing by default.

Uses: conversations, kernel, organisation.
"""
