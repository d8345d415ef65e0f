"""Training: courses, lessons, exams, groups, certificates, and who may serve a queue with them (TR-01…TR-07).

Uses: access, conversations, dispatch, kernel, organisation, quality.
"""
