"""Announcements to all, notices to one, and who wants none.

Sends nothing to those who opted out.

Uses: access, conversations, kernel.
"""
