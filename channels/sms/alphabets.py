"""The alphabets of SMS: GSM 7 bit (3GPP TS 23.038 §6.2.1) and UCS-2, and the one that a text needs. Pure."""

from codecs import BOM_UTF16_LE
from enum import StrEnum

_BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà")
ESCAPE = 0x1B
_EXTENSION = {0x0A: "\f", 0x14: "^", 0x28: "{", 0x29: "}", 0x2F: "\\", 0x3C: "[", 0x3D: "~", 0x3E: "]", 0x40: "|", 0x65: "€"}
_CODES = (
    {sign: chr(code) for code, sign in enumerate(_BASIC) if code != ESCAPE}
    | {sign: chr(ESCAPE) + chr(code) for code, sign in _EXTENSION.items()})
_SIGNS, _SEPTETS = frozenset(_CODES), str.maketrans(_CODES)
_PLAIN = str.maketrans(
    dict.fromkeys("«»“”„", '"') | dict.fromkeys("’‘", "'") | dict.fromkeys("—–", "-") | dict.fromkeys("\xa0\t", " ") | {"…": "..."})
_HIGH_SURROGATE, _LOW_SURROGATE = 0xD8, 0xDC
"""First octets in UTF-16."""
_BINARY = frozenset({2, 4})  # SMPP 3.4 §5.2.19
_CHARSETS = {1: "ascii", 3: "latin-1", 5: "shift_jis", 6: "iso8859_5", 7: "iso8859_8", 10: "iso2022_jp", 13: "euc_jp", 14: "euc_kr"}


class Alphabet(StrEnum):
    """As the desk shows it."""

    GSM7 = "GSM-7"
    UCS2 = "UCS-2"


DATA_CODING = {Alphabet.GSM7: 0, Alphabet.UCS2: 8}
"""SMPP 3.4 §5.2.19: the SMSC's own alphabet, which is GSM 7 bit with one septet an octet, and UCS-2."""


def alphabet_of(text: str) -> Alphabet:
    """The cheapest alphabet that has all characters of a text."""
    return Alphabet.GSM7 if _SIGNS.issuperset(text) else Alphabet.UCS2


def plain(text: str) -> str:
    """A text with simple quotes and dashes if that alone avoids UCS-2; otherwise unchanged."""
    if alphabet_of(text) is Alphabet.GSM7:
        return text
    simple = text.translate(_PLAIN)
    return simple if alphabet_of(simple) is Alphabet.GSM7 else text


def encoded(text: str, alphabet: Alphabet) -> bytes:
    """A text encoded in an alphabet with all of its characters; a septet is an octet."""
    if alphabet is Alphabet.GSM7:
        return text.translate(_SEPTETS).encode("latin-1")
    return text.encode("utf-16-be", "replace")


def end_of_part(content: bytes, end: int, alphabet: Alphabet) -> int:
    """The end of a part with the upper bound `end`, without splitting an escape pair or a surrogate pair."""
    if end >= len(content):
        return len(content)
    if alphabet is Alphabet.GSM7:
        return end - 1 if content[end - 1] == ESCAPE else end
    return end - 2 if _HIGH_SURROGATE <= content[end - 2] < _LOW_SURROGATE else end


def decoded(content: bytes, data_coding: int) -> str:
    """The text of any content; undecodable octets become «�»."""
    if _is_ucs2(data_coding):
        little = content.startswith(BOM_UTF16_LE)  # UCS-2 has no byte order mark, and some senders write one
        return content.decode("utf-16-le" if little else "utf-16-be", "replace").removeprefix("\ufeff")
    charset = _CHARSETS.get(data_coding)
    return content.decode(charset, "replace") if charset else _gsm(content)


def binary(data_coding: int) -> bool:
    """Whether a content is no text."""
    if data_coding in _BINARY:
        return True
    group = data_coding >> 4
    # 3GPP TS 23.038 §4: groups 00xx with bits 3 and 2 = 01, and 1111 with bit 2 = 1.
    return (1 <= group <= 3 and data_coding & 0x0C == 0x04) or (group == 0xF and bool(data_coding & 0x04))  # noqa: PLR2004 - as said


def _is_ucs2(data_coding: int) -> bool:
    # 3GPP TS 23.038 §4: groups 00xx with bits 3 and 2 = 10 (a flash message is 0x18), and 1110.
    return data_coding == 8 or (1 <= data_coding >> 4 <= 3 and data_coding & 0x0C == 0x08) or data_coding >> 4 == 0xE  # noqa: PLR2004


def _gsm(content: bytes) -> str:
    text: list[str] = []
    escaped = False
    for code in content:
        if escaped:
            # §6.2.1.1: a code that is not in the extension table is shown as in the basic one.
            text.append(_EXTENSION.get(code) or _sign(code))
            escaped = False
        elif code == ESCAPE:
            escaped = True
        else:
            text.append(_sign(code))
    return "".join(text)


def _sign(code: int) -> str:
    if code == ESCAPE:
        return " "
    return _BASIC[code] if code < len(_BASIC) else "\ufffd"
