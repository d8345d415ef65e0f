"""Long messages: splitting, and recognition of an incoming part (3GPP TS 23.040 §9.2.3.24). Pure."""

from enum import StrEnum
from zlib import crc32

from msgspec import Struct

from channels.sms.alphabets import DATA_CODING, Alphabet, alphabet_of, encoded, end_of_part
from channels.sms.pdu import Sm, Tag
from hub.conversations.ports import ReplySize

UDHI = 0x40
"""esm_class: the content begins with a user data header (SMPP 3.4 §5.2.12)."""
MOST_PARTS = 255
CAPACITY = {Alphabet.GSM7: 160, Alphabet.UCS2: 140}
"""Capacity of a single message: septets, each an octet here, or octets."""
_SIGN = {Alphabet.GSM7: 1, Alphabet.UCS2: 2}


class Concatenation(StrEnum):
    """How a telephone recognises parts of one message."""

    UDH8 = "udh8"
    UDH16 = "udh16"
    SAR = "sar"
    PAYLOAD = "payload"
    """The whole text goes to the SMSC, which splits it."""


_ROOM = {
    Concatenation.UDH8: {Alphabet.GSM7: 153, Alphabet.UCS2: 134}, Concatenation.UDH16: {Alphabet.GSM7: 152, Alphabet.UCS2: 132},
    Concatenation.SAR: {Alphabet.GSM7: 152, Alphabet.UCS2: 132}, Concatenation.PAYLOAD: {Alphabet.GSM7: 153, Alphabet.UCS2: 134}}
"""Capacity of one part, besides its header. For SAR parameters an SMSC makes either header."""


class Part(Struct, frozen=True):
    """The content of one submit_sm."""

    content: bytes
    data_coding: int
    esm_class: int = 0
    sar: tuple[int, int, int] | None = None


class IncomingPart(Struct, frozen=True, gc=False):
    """An incoming part: number `seq` (from 1) of `total`, of the sender's message `reference`."""

    reference: str
    seq: int
    total: int
    content: bytes


def cut(text: str, joining: Concatenation, identity: int) -> list[Part]:
    """The parts of a text, at most MOST_PARTS.

    The same `identity` gives the same reference: telephones join repeated parts with earlier ones.
    """
    alphabet = alphabet_of(text)
    contents, coding = _cut(text, alphabet, joining), DATA_CODING[alphabet]
    if len(contents) == 1:
        return [Part(contents[0], coding)]
    if joining is Concatenation.PAYLOAD:
        return [Part(b"".join(contents), coding)]
    reference, total = crc32(identity.to_bytes(8, "big")) & 0xFFFF, len(contents)
    return [_part(content, coding, joining, reference, total, number) for number, content in enumerate(contents, 1)]


def measure(text: str, joining: Concatenation) -> ReplySize:
    """The price of a text, split as it will be sent."""
    alphabet = alphabet_of(text)
    contents = _cut(text, alphabet, joining)
    room = CAPACITY[alphabet] if len(contents) == 1 else _ROOM[joining][alphabet]
    return ReplySize(len(contents), (room - len(contents[-1])) // _SIGN[alphabet], alphabet)


def piece_of(sm: Sm) -> tuple[IncomingPart | None, bytes]:
    """The part that an incoming message is (None: a whole one), and its content without the header."""
    content = sm.content
    found: tuple[str, int, int] | None = None
    if sm.esm_class & UDHI and content:
        head, content = content[1:1 + content[0]], content[1 + content[0]:]
        found = _from_header(head)
    if found is None:
        found = _from_sar(sm)
    if found is None:
        return None, content
    reference, total, seq = found
    # §9.2.3.24.1: a number of 0, or beyond the total, is to be ignored.
    return (IncomingPart(reference, seq, total, content) if 1 <= seq <= total and total > 1 else None), content


def _cut(text: str, alphabet: Alphabet, joining: Concatenation) -> list[bytes]:
    content = encoded(text, alphabet)
    if len(content) <= CAPACITY[alphabet]:
        return [content]
    room, contents, at = _ROOM[joining][alphabet], [], 0
    while at < len(content):
        end = end_of_part(content, at + room, alphabet)
        contents.append(content[at:end])
        at = end
    return contents


def _part(content: bytes, coding: int, joining: Concatenation, reference: int, total: int, number: int) -> Part:
    match joining:
        case Concatenation.UDH8:
            return Part(bytes([5, 0, 3, reference & 0xFF, total, number]) + content, coding, UDHI)
        case Concatenation.UDH16:
            return Part(bytes([6, 8, 4, *reference.to_bytes(2, "big"), total, number]) + content, coding, UDHI)
        case _:
            return Part(content, coding, sar=(reference, total, number))


def _from_header(head: bytes) -> tuple[str, int, int] | None:
    """The concatenation element: 00 has a reference of 8 bits, 08 of 16."""
    at = 0
    while at + 2 <= len(head):
        kind, length = head[at], head[at + 1]
        value = head[at + 2:at + 2 + length]
        if (kind, len(value)) in {(0, 3), (8, 4)}:
            return f"{kind}-{value[:-2].hex()}", value[-2], value[-1]
        at += 2 + length
    return None


def _from_sar(sm: Sm) -> tuple[str, int, int] | None:
    if not {Tag.SAR_REFERENCE, Tag.SAR_TOTAL, Tag.SAR_SEQUENCE} <= sm.tlvs.keys():
        return None
    reference, total, seq = (int.from_bytes(sm.tlvs[tag], "big") for tag in (Tag.SAR_REFERENCE, Tag.SAR_TOTAL, Tag.SAR_SEQUENCE))
    return f"s-{reference:x}", total, seq
