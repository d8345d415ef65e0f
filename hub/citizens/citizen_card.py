"""The card of a citizen: contacts as told, tags, notes of operators, and the centre's own fields. Pure.

Each address has its own card; what is shown is that of all proved addresses together, so that unlinking an address takes its card with it.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from msgspec import Struct

from hub.kernel.document import Document

MOST_NOTES = 50
"""The oldest give way."""


class CitizenNote(Struct, frozen=True, gc=False):
    """`by` is a login."""

    at: datetime
    by: str
    text: str


class CitizenCard(Document, frozen=True, omit_defaults=True, tag="citizen_card"):
    """What was written down at one address. `phone` and `email` are told by the citizen, not proved; `fields` are values by their key."""

    address: str
    phone: str = ""
    email: str = ""
    tags: tuple[str, ...] = ()
    fields: Mapping[str, str] = {}
    notes: tuple[CitizenNote, ...] = ()
    written: datetime = datetime.min.replace(tzinfo=UTC)


def together(address: str, cards: Iterable[CitizenCard]) -> CitizenCard:
    """One card out of those of all addresses: of contacts, tags and fields the last written counts, notes are of all."""
    ordered = sorted(cards, key=lambda each: each.written)
    last = ordered[-1] if ordered else CitizenCard(address)
    notes = sorted((note for each in ordered for note in each.notes), key=lambda note: note.at)
    return CitizenCard(address, last.phone, last.email, last.tags, last.fields, tuple(notes[-MOST_NOTES:]), last.written)
