"""Conversations, files and figures between deployments, over a line that may be down.

The federal level gets nothing that says who somebody is (D19).

Uses: conversations, kernel, organisation.
"""
