"""Browser telephones of operators: their passwords are derived from a secret and the login, and not stored."""

import hmac
from hashlib import sha256

import msgspec

from channels.secret import secret

LONG = 32
"""Minimum characters of a secret against guessing, although each operator knows one value derived from it."""


def password(key: str, login: str) -> str:
    """The password of a telephone: HMAC-SHA-256 in hex (RFC 2104). Exchange and hub derive the same."""
    return hmac.new(key.encode(), f"sip:{login}".encode(), sha256).hexdigest()


def key_of(path: str) -> str:
    """The secret in a file; raises msgspec.ValidationError, which names it."""
    key = secret(path)
    if len(key) < LONG:
        message = f"{path}: the secret must have at least {LONG} signs, as from `openssl rand -hex 32`"
        raise msgspec.ValidationError(message)
    return key
