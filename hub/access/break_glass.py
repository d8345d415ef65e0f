"""Break-glass account: a sealed envelope with a one-time password for an hour of full access, visible to all supervisors (SE-01). Pure."""

import secrets
from datetime import datetime, timedelta
from hashlib import sha256

from hub.access.operator import Operator, Role
from hub.kernel.document import Document

LOGIN, NAME = "break-glass", "Аварийный вход"
OPEN_FOR = timedelta(hours=1)
GROUPS, GROUP_BYTES = 8, 2
"""128 random bits, in groups that people can copy from paper."""


class BreakGlassCredential(Document, frozen=True, tag="envelope"):
    """The newest envelope; `digest` is the SHA-256 of its password, `used` is when and `source` the address from where it was opened."""

    login: str
    digest: str
    by: str
    at: datetime
    until: datetime
    used: datetime | None = None
    source: str = ""

    def open_until(self, now: datetime) -> datetime | None:
        """End of the access; None where it is not open."""
        until = self.used + OPEN_FOR if self.used else None
        return until if until and until > now else None


def sealed(by: str, now: datetime, lasts: timedelta) -> tuple[BreakGlassCredential, str]:
    """A new envelope and its password."""
    password = "-".join(secrets.token_hex(GROUP_BYTES) for _ in range(GROUPS))
    return BreakGlassCredential(LOGIN, digest_of(password), by, now, now + lasts), password


def digest_of(password: str) -> str:
    """The digest of a password in any spelling. It is random enough for a fast hash."""
    return sha256("".join(filter(str.isalnum, password.lower())).encode()).hexdigest()


def account(queues: tuple[str, ...]) -> Operator:
    """The account of the session: an administrator of all centres, without a password."""
    return Operator(LOGIN, NAME, Role.ADMIN, queues)
