"""How talks are judged, and how content citizens are.

Uses: access, cases, citizens, conversations, kernel, notifications, organisation.
"""
