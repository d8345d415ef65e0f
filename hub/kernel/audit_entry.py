"""What people did and read: who, what, to whom, when, on what ground. Only ever added to, and linked (audit/hash_chain.py). Pure."""

from datetime import datetime

from msgspec import Struct


class AuditEntry(Struct, frozen=True, omit_defaults=True):
    """One thing done or read by a person, or refused to one. `by` is a login; `about` names the conversation, article or login.

    `ground` is why he may read what he reads: a word of readings.Ground, or the reason that he stated.
    """

    at: datetime
    by: str
    what: str
    about: str = ""
    detail: str = ""
    ground: str = ""
