"""Service accounts: API keys of programs, each with a few permissions and an expiry date (SE-01). Pure."""

import secrets
from datetime import datetime
from hashlib import sha256

from hub.access.operator import Operator, Role
from hub.access.permissions import Permission
from hub.kernel.document import Document

SCOPES = frozenset({
    Permission.READ_KNOWLEDGE, Permission.SEE_ALL, Permission.SEARCH, Permission.SEE_FIGURES, Permission.EDIT_KNOWLEDGE,
    Permission.EDIT_DIALOGUES, Permission.NOTIFY, Permission.HAND_IN, Permission.PROVISION})
"""Permissions a program may have. It does not serve or monitor citizens, manage accounts or approve."""
REPLACED = {Permission.MANAGE_OPERATORS: Permission.PROVISION}
"""Scopes in keys of earlier versions, and what they grant now."""
MARK = "okno_"
"""Prefix of all keys, so that leaked ones are found by scanners."""


class ServiceKey(Document, frozen=True, tag="service_key"):
    """`digest` is the SHA-256 of the key. It grants what its role may do with these queues, limited to its scopes."""

    digest: str
    name: str
    role: Role
    queues: tuple[str, ...]
    scopes: tuple[Permission, ...]
    by: str
    """The responsible administrator; "" for the command line. The key is revoked with their permission to manage accounts."""
    at: datetime
    until: datetime

    @property
    def opens(self) -> frozenset[Permission]:
        """What its scopes grant today: one that managed accounts before decision 0097 only provisions them by SCIM."""
        return frozenset(REPLACED.get(each, each) for each in self.scopes) & SCOPES

    @property
    def narrowed(self) -> bool:
        """Whether it grants less than when it was made."""
        return not SCOPES.issuperset(self.scopes)


class KeyUse(Document, frozen=True, tag="key_use"):
    """Last use of a service account. It is stored apart from the key, so that recording it cannot restore a revoked key."""

    name: str
    at: datetime
    source: str


def new_key() -> tuple[str, str]:
    """A key and its digest."""
    key = MARK + secrets.token_urlsafe(32)
    return key, digest_of(key)


def digest_of(key: str) -> str:
    """Keys are random enough for a fast hash."""
    return sha256(key.encode(errors="surrogateescape")).hexdigest()


def operator_of(key: ServiceKey) -> Operator:
    """The operator named in the audit; no login contains a colon."""
    return Operator(f"service:{key.name}", key.name, key.role, key.queues)
