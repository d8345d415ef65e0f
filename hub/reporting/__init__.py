"""Statistics from the journal: days, periods, exports, mailed reports.

Read-only: changes nothing that it counts.

Uses: access, conversations, federation, kernel, organisation.
"""
