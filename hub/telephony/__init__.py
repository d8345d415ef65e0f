"""Calls beyond the conversation: outbound, consultation, supervision, recordings, transcripts.

Knows no exchange: drivers in channels/voice do.

Uses: access, actions, conversations, dispatch, kernel, notifications, organisation.
"""
