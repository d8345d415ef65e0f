"""Figures out of the journal: days, periods, exports, reports by mail.

Counts; changes nothing that it counts.

Uses: access, conversations, federation, kernel, organisation.
"""
