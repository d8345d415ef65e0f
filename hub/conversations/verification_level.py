"""How sure the centre is who it talks to, and what may be told to somebody it is so sure of (ST-02, ST-04). Pure.

A level is of one conversation and is soon over: whoever reads the screen of a chat tomorrow has proved nothing.
"""

import re
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum

from msgspec import Struct

from hub.kernel.document import Document
from hub.kernel.errors import RefusedError

LASTS = timedelta(hours=1)
"""As a session at Госуслуги does; to prove it again is one click there."""
TRIES = 3
LOCKED = timedelta(minutes=30)
"""For so long nobody can prove anything at an address where it has failed three times within that time."""


class Proven(IntEnum):
    """Levels, the surest last. 2 is for a code word with a registered number, as СФР has it."""

    NOTHING = 0
    NUMBER = 1
    """A one-time code that was sent to a number or mailbox of his."""
    ACCOUNT = 3
    """A confirmed account at Госуслуги (ЕСИА)."""


class DataClass(StrEnum):
    """What an operator may be asked to tell."""

    GENERAL = "general"
    """Rules, addresses, hours: what anybody may know."""
    CONTACTS = "contacts"
    """What he came with to this centre before."""
    STATUS = "status"
    """That a case exists, how it stands, what came of it."""
    PERSONAL = "personal"
    """Data of his that the state has."""


_REQUIRED = {DataClass.GENERAL: Proven.NOTHING, DataClass.CONTACTS: Proven.NUMBER, DataClass.STATUS: Proven.ACCOUNT,
             DataClass.PERSONAL: Proven.ACCOUNT}


class Verification(Struct, frozen=True, gc=False):
    """What was proved in a conversation, and until when it counts."""

    level: Proven
    until: datetime


class Account(Struct, frozen=True):
    """A confirmed account, as ЕСИА tells of it; `name` if it was asked for."""

    subject: str
    name: str = ""


class Misses(Document, frozen=True, gc=False, tag="misses"):
    """When proofs failed at an address (in the form of identities.plain); what is older than the lock is forgotten."""

    address: str
    at: tuple[datetime, ...]


def required(data: DataClass) -> Proven:
    """The level without which nothing of a class is told, nor that it exists."""
    return _REQUIRED[data]


def tellable(level: Proven) -> list[DataClass]:
    """What may be told at a level."""
    return [data for data in DataClass if required(data) <= level]


def proven(verification: Verification | None, now: datetime) -> Proven:
    """The level as of now."""
    return verification.level if verification is not None and now < verification.until else Proven.NOTHING


def missed(before: Misses | None, address: str, now: datetime) -> Misses:
    """One more failure."""
    return Misses(address, (*(at for at in (before.at if before else ()) if now - at < LOCKED), now))


def locked_s(misses: Misses | None, now: datetime) -> int:
    """Seconds until something may be proved again; 0 for at once."""
    lately = [at for at in misses.at if now - at < LOCKED] if misses else []
    return int((lately[-1] + LOCKED - now).total_seconds()) + 1 if len(lately) >= TRIES else 0


def check_shown(document: str) -> None:
    """Raises RefusedError("document_number"): the kind of a document says how he was known, its number would be kept for nothing."""
    if re.search(r"\d{4}", document):
        raise RefusedError("document_number", "Укажите вид документа без номера.")
