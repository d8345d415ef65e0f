"""Assurance levels of a citizen's identity, and the data that may be disclosed at each (ST-02, ST-04). Pure.

A level is valid for one conversation and a short time: another person may read the screen of a chat tomorrow.
"""

import re
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum

from msgspec import Struct

from hub.kernel.document import Document
from hub.kernel.errors import RefusedError

LASTS = timedelta(hours=1)
"""The same as a session at Госуслуги; repeating it takes one click there."""
TRIES = 3
LOCKED = timedelta(minutes=30)
"""How long identification is locked at an address after three failures within this time."""


class Proven(IntEnum):
    """Levels, the highest last. 2 is for a code word with a registered number, as at СФР."""

    NOTHING = 0
    NUMBER = 1
    """A one-time code that was sent to the citizen's number or mailbox."""
    ACCOUNT = 3
    """A confirmed account at Госуслуги (ЕСИА)."""


class DataClass(StrEnum):
    """Classes of data that an operator may be asked to disclose."""

    GENERAL = "general"
    """Public: rules, addresses, hours."""
    CONTACTS = "contacts"
    """The citizen's earlier contacts with this centre."""
    STATUS = "status"
    """The existence of a case, its state and result."""
    PERSONAL = "personal"
    """The citizen's data held by the state."""


_REQUIRED = {DataClass.GENERAL: Proven.NOTHING, DataClass.CONTACTS: Proven.NUMBER, DataClass.STATUS: Proven.ACCOUNT,
             DataClass.PERSONAL: Proven.ACCOUNT}


class Verification(Struct, frozen=True, gc=False):
    """What was proved in a conversation, and until when it is valid."""

    level: Proven
    until: datetime


class Account(Struct, frozen=True):
    """A confirmed account as ЕСИА reports it; `name` if it was requested."""

    subject: str
    name: str = ""


class Misses(Document, frozen=True, gc=False, tag="misses"):
    """Times of failed identifications at an address (in the form of identities.plain); older than the lock they are dropped."""

    address: str
    at: tuple[datetime, ...]


def required(data: DataClass) -> Proven:
    """The level required before a class of data, or its existence, is disclosed."""
    return _REQUIRED[data]


def tellable(level: Proven) -> list[DataClass]:
    """The classes that may be disclosed at a level."""
    return [data for data in DataClass if required(data) <= level]


def proven(verification: Verification | None, now: datetime) -> Proven:
    """The level as of now."""
    return verification.level if verification is not None and now < verification.until else Proven.NOTHING


def missed(before: Misses | None, address: str, now: datetime) -> Misses:
    """Add a failure."""
    return Misses(address, (*(at for at in (before.at if before else ()) if now - at < LOCKED), now))


def locked_s(misses: Misses | None, now: datetime) -> int:
    """Seconds until the next attempt is allowed; 0 for at once."""
    lately = [at for at in misses.at if now - at < LOCKED] if misses else []
    return int((lately[-1] + LOCKED - now).total_seconds()) + 1 if len(lately) >= TRIES else 0


def check_shown(document: str) -> None:
    """Raises RefusedError("document_number"): the kind of a document shows how the citizen was identified, its number is not needed."""
    if re.search(r"\d{4}", document):
        raise RefusedError("document_number", "Укажите вид документа без номера.")
