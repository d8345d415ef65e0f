"""What is left of rows and entries for whoever may not know who the citizen is: a contractor without personal data (LV-07)."""

from msgspec.structs import replace

from hub.conversations.address import masked
from hub.conversations.message import Author
from hub.desk.conversations.forms import ConversationOut, EntryOut


def veiled_row(row: ConversationOut) -> ConversationOut:
    """Without name and address; numbers and mailboxes in words are masked."""
    promise = replace(row.promise, address=masked(row.promise.address), why=masked(row.promise.why)) if row.promise else None
    parts = [replace(each, address=masked(each.address)) for each in row.parts]
    snoozed = replace(row.snoozed, why=masked(row.snoozed.why)) if row.snoozed else None
    return replace(
        row, name="", address=masked(row.address), last_text=masked(row.last_text), promise=promise, snoozed=snoozed, proposed=[],
        parts=parts)


def veiled_entry(entry: EntryOut) -> EntryOut:
    """The same of a line of the timeline."""
    return replace(
        nameless(entry), text=masked(entry.text), folded=masked(entry.folded),
        key=masked(entry.key), lines=[replace(line, text=masked(line.text)) for line in entry.lines], attachments=[])


def nameless(entry: EntryOut) -> EntryOut:
    """Without the name that a citizen has given with what he said: the federal centre shows none (FD-04)."""
    return replace(entry, name="") if entry.author is Author.CITIZEN else entry


def gone(row: ConversationOut) -> ConversationOut:
    """A row for whoever may not see it any more: which one it was, and nothing of what is said there."""
    return replace(veiled_row(row), address="", last_text="", topic="", promise=None, place=None, listeners=[], snoozed=None, looking=[],
                   parts=[])
