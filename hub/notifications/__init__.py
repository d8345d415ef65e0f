"""Announcements to all, notices to one citizen, and opt-outs.

Sends nothing to those who opted out.

Uses: access, conversations, federation, kernel.
"""
