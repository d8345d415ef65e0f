"""Workforce: contacts to come, the people that they need, rosters, and what happens to them today (SL-01, LV-07, MC-02).

Uses: access, conversations, kernel, monitoring, organisation, reporting.
"""
