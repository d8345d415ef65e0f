"""Dialogues of the robot: versions, drafts, training, figures.

Thinks nothing itself: bots/ does.

Uses: cases, conversations, kernel, knowledge, notifications, organisation, reporting.
"""
