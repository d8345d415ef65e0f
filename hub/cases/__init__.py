"""Registered cases, complaints, recommendations and referrals, with their legal terms.

A case changes only by transitions.py.

Uses: access, actions, conversations, federation, kernel, knowledge, notifications, organisation.
"""
