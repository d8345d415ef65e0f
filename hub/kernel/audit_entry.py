"""Entry of the audit log: who did or read what, about whom, when, on what ground. Append-only and hash-chained (audit/hash_chain.py).

Pure.
"""

from datetime import datetime

from msgspec import Struct


class AuditEntry(Struct, frozen=True, omit_defaults=True):
    """One action or read by a person, or its refusal. `by` is a login; `about` is a conversation, article or login.

    `ground` is the legal ground of a read: a value of AccessGround, or the reason that the reader gave.
    """

    at: datetime
    by: str
    what: str
    about: str = ""
    detail: str = ""
    ground: str = ""
