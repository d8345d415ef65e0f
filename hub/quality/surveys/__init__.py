"""Surveys: planned, asked, answered and counted.

Answers are nobody's once consent is withdrawn.
"""
