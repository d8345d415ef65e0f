"""Structs to JSON and back: the only place that defines the stored form."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cache
from typing import NamedTuple, cast

import msgspec
from msgspec import Struct

from hub.conversations.address import Address
from hub.conversations.conversation import Closed, Conversation, InQueue, WithOperator
from hub.conversations.journal import ConversationEvent, StoredEvent, Thought
from hub.conversations.message import Message
from hub.kernel.audit_entry import AuditEntry
from hub.kernel.document import Document
from hub.kernel.errors import SealedError
from hub.kernel.indexes import Indexed, IndexEntry
from hub.kernel.ports import D
from storage import vault
from storage.ledger import RECORDS, document_place, head_place, record_place
from storage.vault import Vault

MESSAGE = b'{"type":"message"'
"""Prefix of every message document: the tag is the first member."""
THOUGHT = b'{"type":"thought"'
ASIDE = ""
"""The queue of conversations set aside: an empty name in the index of all queues, without cost for others."""


class _Keyed(msgspec.Struct):
    """Of an entry: whose key it has; none has most."""

    key: str = ""
    by: str = ""


_encoder = msgspec.json.Encoder()
_message = msgspec.json.Decoder(Message)
_time = msgspec.json.Decoder(datetime)
_entry = msgspec.json.Decoder(ConversationEvent)
_conversation = msgspec.json.Decoder(Conversation)
_audit_entry = msgspec.json.Decoder(AuditEntry)
_keyed = msgspec.json.Decoder(_Keyed)


def dump(struct: ConversationEvent | Conversation | AuditEntry | Document | datetime) -> bytearray:
    """JSON. sqlite3 takes a bytearray directly, but looks for an adapter of bytes, which takes longer than the encoding."""
    document = bytearray()
    _encoder.encode_into(struct, document)
    return document


def dump_entry(by: Vault, record: StoredEvent) -> bytearray:
    """An entry for its row in the journal."""
    document, entry = dump(record.entry), record.entry
    if not by.locked:
        return document
    kind = vault.SAID if isinstance(entry, Message) else vault.THOUGHT if isinstance(entry, Thought) else vault.DOCUMENT
    return by.seal(document, record_place(record.conversation, record.id), kind)


def dump_time(by: Vault, record: StoredEvent, phrase: int) -> bytearray:
    """The row of a record beside a phrase."""
    return by.seal(dump(record.entry.at), record_place(record.conversation, record.id, phrase), vault.SAID)


def load_record(by: Vault, number: int, conversation: int, doc: bytes, phrase: int | None = None, said: bytes | None = None) -> StoredEvent:
    """A record; beside a `phrase` the document has only the time."""
    clear = open_row(by, number, conversation, doc, phrase)
    if phrase is None:
        return StoredEvent(number, conversation, _entry.decode(clear))
    message = _message.decode(by.open(said or b"", f"phrases/{phrase}"))
    return StoredEvent(number, conversation, msgspec.structs.replace(message, at=_time.decode(clear)))


def open_row(by: Vault, number: int, conversation: int, doc: bytes, phrase: int | None = None) -> bytes:
    """The decrypted document of a journal row. Older versions of Okno bound it to its number only."""
    return by.open(doc, record_place(conversation, number, phrase), f"{RECORDS}/{number}")


def load_key(by: Vault, number: int, conversation: int, doc: bytes) -> tuple[str, str]:
    """Who gave an entry its key, and the key; "" for none."""
    keyed = _keyed.decode(open_row(by, number, conversation, doc))
    return keyed.by, keyed.key


def dump_conversation(by: Vault, head: Conversation) -> bytearray:
    return by.seal(dump(head), head_place(head.id))


def load_conversation(by: Vault, number: int, doc: bytes, last: int) -> Conversation:
    """The newest record's id is stored beside the document, so that a new message does not rewrite the document."""
    return msgspec.structs.replace(_conversation.decode(by.open(doc, head_place(number))), last=last)


def conversation_of(clear: bytes) -> Conversation:
    return _conversation.decode(clear)


def dump_phrase(by: Vault, number: int, document: bytearray) -> bytearray:
    return by.seal(document, f"phrases/{number}")


def load_audit_entry(doc: bytes) -> AuditEntry:
    return _audit_entry.decode(doc)


class Row(NamedTuple):
    """A document and its index entries as rows: name, value, seconds; None for a kind without index entries."""

    kind: str
    key: str
    doc: bytearray
    marks: list[tuple[str, str, float]] | None


def dump_document(by: Vault, document: Document) -> Row:
    kind, key = kind_of(document), by.digest(key_of(document))
    marked = has_marks(type(document))
    marks = [(mark.name, by.digest(mark.value), mark.at.timestamp()) for mark in marks_of(document)] if marked else None
    return Row(kind, key, by.seal(dump(document), document_place(kind, key)), marks)


def load_document(by: Vault, kind: type[D], key: str, doc: bytes) -> D:
    """`key` as its row has it."""
    return msgspec.json.decode(by.open(doc, document_place(kind_of(kind), key)), type=kind)


def found_by(by: Vault, document: D, mark: tuple[str, str]) -> D:
    """A document that matches its index entry: index rows lie beside it, where others may write. Raises SealedError."""
    if by.closed and not any((each.name, each.value) == mark for each in marks_of(document)):
        message = f"marks/{kind_of(document)}/{mark[0]}: {vault.MISLED}"
        raise SealedError(message)
    return document


def at(head: Conversation, address: Address) -> Conversation:
    """The same for a conversation: its address is checked. Raises SealedError."""
    if head.address != address:
        message = f"{head_place(head.id)}: {vault.MISLED}"
        raise SealedError(message)
    return head


def waits(head: Conversation, queues: Sequence[str]) -> bool:
    """Whether it is in one of these queues, or any where none is named, whatever column it was found by."""
    return isinstance(head.holder, InQueue) and (not queues or head.holder.queue in queues)


def is_held(head: Conversation, operator: str) -> bool:
    """The same of who holds it; "" is anybody."""
    return isinstance(head.holder, WithOperator) and operator in ("", head.holder.operator)


def was_served(head: Conversation, operator: str) -> bool:
    """The same of who closed it."""
    return isinstance(head.holder, Closed) and head.served_by == operator


def kind_of(kind: type[Struct] | Struct) -> str:
    return str(kind.__struct_config__.tag)


@cache
def has_marks(kind: type[Document]) -> bool:
    """Cached by kind: evaluating it for each document would take as long as its encoding."""
    return issubclass(kind, Indexed)


def marks_of(document: Document) -> Iterable[IndexEntry]:
    return cast("Indexed", document).marks() if has_marks(type(document)) else ()


def key_of(document: Document) -> str:
    """The key of a document: its first field (login, token or id)."""
    return str(getattr(document, document.__struct_fields__[0]))
