"""The break-glass account: an envelope with a password that opens everything once, for an hour, seen by all who lead (SE-01). Pure."""

import secrets
from datetime import datetime, timedelta
from hashlib import sha256

from hub.access.operator import Operator, Role
from hub.kernel.document import Document

LOGIN, NAME = "break-glass", "Аварийный вход"
OPEN_FOR = timedelta(hours=1)
GROUPS, GROUP_BYTES = 8, 2
"""128 random bits, as people copy them from paper."""


class BreakGlassCredential(Document, frozen=True, tag="envelope"):
    """The newest one; `digest` is the SHA-256 of its password, `used` is when and `source` from where it was opened."""

    login: str
    digest: str
    by: str
    at: datetime
    until: datetime
    used: datetime | None = None
    source: str = ""

    def open_until(self, now: datetime) -> datetime | None:
        """How long what was opened is open; None where it is not."""
        until = self.used + OPEN_FOR if self.used else None
        return until if until and until > now else None


def sealed(by: str, now: datetime, lasts: timedelta) -> tuple[BreakGlassCredential, str]:
    """A new envelope and its password."""
    password = "-".join(secrets.token_hex(GROUP_BYTES) for _ in range(GROUPS))
    return BreakGlassCredential(LOGIN, digest_of(password), by, now, now + lasts), password


def digest_of(password: str) -> str:
    """However it is typed. It is random enough for a quick hash."""
    return sha256("".join(filter(str.isalnum, password.lower())).encode()).hexdigest()


def account(queues: tuple[str, ...]) -> Operator:
    """Who works with it: an administrator everywhere, without a password of his own."""
    return Operator(LOGIN, NAME, Role.ADMIN, queues)
