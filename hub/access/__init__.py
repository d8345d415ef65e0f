"""Permissions and accounts of operators and programs, and the log of reads.

Grants nothing by default.

Uses: conversations, kernel, organisation.
"""
