"""Identity of a citizen: linked addresses, verification, consents, code words.

Links by proof only, never by a guess (CH-16).

Uses: access, actions, conversations, dispatch, kernel, organisation.
"""
