"""Service accounts: programs that use the desk's API with keys of their own, each for a few permissions and until a day (SE-01). Pure."""

import secrets
from datetime import datetime
from hashlib import sha256

from hub.access.operator import Operator, Role
from hub.access.permissions import Permission
from hub.kernel.document import Document

SCOPES = frozenset({
    Permission.READ_KNOWLEDGE, Permission.SEE_ALL, Permission.SEARCH, Permission.SEE_FIGURES, Permission.EDIT_KNOWLEDGE,
    Permission.EDIT_DIALOGUES, Permission.NOTIFY, Permission.HAND_IN, Permission.PROVISION})
"""What a program may be given. It neither serves citizens nor listens to them, keeps no accounts, and approves nothing."""
REPLACED = {Permission.MANAGE_OPERATORS: Permission.PROVISION}
"""Scopes that keys of earlier versions have, and what they open now."""
MARK = "okno_"
"""Keys begin so, that they are found where they should not lie."""


class ServiceKey(Document, frozen=True, tag="service_key"):
    """`digest` is the SHA-256 of the key. What it may is what its role may with these queues, and of that only its scopes."""

    digest: str
    name: str
    role: Role
    queues: tuple[str, ...]
    scopes: tuple[Permission, ...]
    by: str
    """Who answers for it; "" for the command line. The key ends with their right to keep accounts."""
    at: datetime
    until: datetime

    @property
    def opens(self) -> frozenset[Permission]:
        """What its scopes are worth today: one that kept accounts before decision 0097 provisions them by SCIM alone."""
        return frozenset(REPLACED.get(each, each) for each in self.scopes) & SCOPES

    @property
    def narrowed(self) -> bool:
        """Whether it opens less than it was made for."""
        return not SCOPES.issuperset(self.scopes)


class KeyUse(Document, frozen=True, tag="key_use"):
    """When and from where a service account was last at work: beside its key, so that to note it brings no revoked key back."""

    name: str
    at: datetime
    source: str


def new_key() -> tuple[str, str]:
    """A key and its digest."""
    key = MARK + secrets.token_urlsafe(32)
    return key, digest_of(key)


def digest_of(key: str) -> str:
    """Keys are random enough for a quick hash."""
    return sha256(key.encode(errors="surrogateescape")).hexdigest()


def operator_of(key: ServiceKey) -> Operator:
    """Whom its deeds are told of; nobody has a login with a colon."""
    return Operator(f"service:{key.name}", key.name, key.role, key.queues)
