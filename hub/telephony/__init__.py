"""Telephony: outbound calls, consultation, supervision, recordings, transcripts.

Independent of the exchange: drivers are in channels/voice.

Uses: access, actions, conversations, dispatch, kernel, monitoring, notifications, organisation.
"""
