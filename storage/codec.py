"""Structs to JSON and back: the one place where what is stored gets its form."""

from datetime import datetime

import msgspec

from hub.audit import Deed
from hub.conversation import Conversation, Holder
from hub.journal import Entry, Record
from hub.message import Message
from hub.ports import D, Document

MESSAGE = b'{"type":"message"'
"""How the document of every message begins: its tag is its first member."""
THOUGHT = b'{"type":"thought"'

_encoder = msgspec.json.Encoder()
_message = msgspec.json.Decoder(Message)
_time = msgspec.json.Decoder(datetime)
_entry = msgspec.json.Decoder(Entry)
_conversation = msgspec.json.Decoder(Conversation)
_deed = msgspec.json.Decoder(Deed)


def dump(struct: Entry | Conversation | Deed | Document | datetime) -> bytearray:
    """JSON. sqlite3 takes a bytearray as it is, but looks for an adapter of all bytes, which takes longer than the encoding."""
    document = bytearray()
    _encoder.encode_into(struct, document)
    return document


def load_record(number: int, conversation: int, doc: bytes, phrase: bytes | None = None) -> Record:
    """A record; beside a `phrase` the document is only when it was said."""
    if phrase is None:
        return Record(number, conversation, _entry.decode(doc))
    return Record(number, conversation, msgspec.structs.replace(_message.decode(phrase), at=_time.decode(doc)))


def load_conversation(doc: bytes, last: int) -> Conversation:
    """The newest record's id is kept beside the document, so that a new message leaves the document alone."""
    return msgspec.structs.replace(_conversation.decode(doc), last=last)


def load_deed(doc: bytes) -> Deed:
    return _deed.decode(doc)


def load_document(kind: type[D], doc: bytes) -> D:
    return msgspec.json.decode(doc, type=kind)


def kind_of(kind: type[Document] | Document) -> str:
    return str(kind.__struct_config__.tag)


def key_of(document: Document) -> str:
    """What a document is found by: its first field (login, token or id)."""
    return str(getattr(document, document.__struct_fields__[0]))


def holder_of(holder: Holder) -> str:
    return str(holder.__struct_config__.tag)
