"""Registered cases, complaints, recommendations and referrals, with the terms of the law.

A case changes by transitions.py alone.

Uses: access, actions, conversations, federation, kernel, knowledge, notifications, organisation.
"""
