"""Surveys: planning, invitations, answers and results.

Answers become anonymous when consent is withdrawn.
"""
