"""One person: linked addresses, verification, consents, code words.

Links by proof alone, never by a guess (CH-16).

Uses: access, actions, conversations, dispatch, kernel.
"""
