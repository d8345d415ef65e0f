"""Tolerant parser of the headers of a letter and of its parts."""

import binascii
import re
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from itertools import groupby
from urllib.parse import unquote_to_bytes

from msgspec import Struct

from channels.email.charsets import canonical, decode

HEADERS_LIMIT, VALUE_LIMIT = 256 * 1024, 16 * 1024
"""Limits in bytes."""
REPEATED_LIMIT, ADDRESSES_LIMIT, PARAMS_LIMIT, NAME_LIMIT = 50, 200, 100, 8
"""Limits of fields of one name, addresses and parameters of a field, name parts between commas."""
FOLD = re.compile(rb"\r?\n(?=[ \t])")
FIELD = re.compile(rb"^([!-9;-~]{1,80})[ \t]*:[ \t]*([^\r\n]*)", re.MULTILINE)  # RFC 5322 2.2; a space before the colon is 4.5.8
STARTS = re.compile(rb"\A(?:[ \t]*[\r\n]|>?From [^\n]*\n)+")
KNOWN = re.compile(
    rb"(?:content-|mime-version|subject|from|to|cc|date|message-id|reply-to|sender|references|in-reply-to|thread-|list-|user-agent"
    rb"|(?P<repeats>received|return-path|delivered-to|x-|dkim-|arc-|authentication-results))", re.IGNORECASE)
"""Fields that letters have; those that `repeats` stand in one several times."""
WORD = re.compile(r"=\?([^?\s]{1,60})\?([bBqQ])\?([^?]*(?:\?(?!=)[^?]*)*)(?:\?=|(?<!\?)\Z)")
"""RFC 2047, and deviations in practice: spaces inside, unescaped question marks, a truncated end."""
PARAM = re.compile(r""";\s*([^=;\s"]{1,80})\s*=\s*("(?:\\.|[^"\\])*"?|[^;]*)""")
SECTION = re.compile(r"([^*]+)(?:\*(\d{1,3}))?(\*)?\Z")  # RFC 2231 §3, §4
ADDRESS = re.compile(
    r"""(?:[^\s<>"(),:;@]{1,128}|"[^"\s]{1,128}")@(?:[^\s<>"(),:;@\[\]]{1,255}|\[[^\s\]]{1,64}\])""")
"""The lengths are limited (RFC 5321 4.5.3.1), otherwise a search takes quadratic time."""
COMMENT = re.compile(r"\([^()]*\)")
TOKEN = re.compile(r""""(?:\\.|[^"\\])*+"|<[^<>]*>?|\((?:\\.|[^()\\])*+\)|\\.|[,;]|[^",;<(\\]+|.""", re.DOTALL)
"""Escaped characters begin nothing: so each unclosed quotation or comment is scanned once."""
MESSAGE_ID = re.compile(r"<([^<>\s]{1,900})>")
BARE_ID = re.compile(r"(?<![^\s,;])([^\s<>,;@\"()]{1,400}@[^\s<>,;@\"()]{1,400})(?![^\s,;])")
"""As some programs write it: nothing but the id."""


class Headers:
    """Fields by lower-case name; of a repeated one the first counts."""

    __slots__ = ("_fields", "charset")

    def __init__(self, block: bytes) -> None:
        self.charset = ""
        """The charset of the letter's text, for raw bytes in headers."""
        fields: dict[str, list[bytes]] = {}
        for name, value in FIELD.findall(FOLD.sub(b"", block[:HEADERS_LIMIT])):
            fields.setdefault(name.decode("ascii").lower(), []).append(value[:VALUE_LIMIT])
        self._fields = fields

    def __contains__(self, name: str) -> bool:
        return name in self._fields

    def __bool__(self) -> bool:
        return bool(self._fields)

    def raw(self, name: str) -> str:
        """The raw value, with encoded words."""
        values = self._fields.get(name)
        return self._decoded(values[0]) if values else ""

    def all(self, name: str) -> list[str]:
        return [self._decoded(value) for value in self._fields.get(name, ())[:REPEATED_LIMIT]]

    def _decoded(self, value: bytes) -> str:
        # A charset that looks like ASCII applies to the body only: headers are ASCII.
        return decode(value, "" if value.isascii() else self.charset).strip()

    def text(self, name: str) -> str:
        """A decoded field on one line."""
        return " ".join(words(self.raw(name)).split())


class Parameterised(Struct, frozen=True):
    """The value of a field such as Content-Type, and its parameters."""

    value: str
    params: dict[str, str]


def split(raw: bytes, *, whole: bool) -> tuple[Headers, bytes]:
    """Headers and body; without headers all is body. Empty lines and an mbox line before a whole letter are skipped."""
    start = STARTS.match(raw) if whole else None
    content = raw[start.end():] if start else raw
    if not FIELD.match(content):
        return Headers(b""), raw
    end, body = _border(content)
    if body == len(content) and not (whole or KNOWN.match(content)):
        return Headers(b""), raw  # a text whose first line has a colon
    return Headers(content[:end]), content[body:]


def _border(content: bytes) -> tuple[int, int]:
    """Where the head ends, and where the body begins: at an empty line.

    Before it, a line of spaces or one that is no field belongs to the head only where the head goes on after it; otherwise the body
    begins there, so that a letter without a proper empty line loses no word.
    """
    at, seen = 0, set[bytes]()
    while at < len(content):
        after = content.find(b"\n", at) + 1 or len(content)
        line = content[at:after]
        if line in {b"\n", b"\r\n"}:
            return at, after
        field = FIELD.match(line)
        if field:
            seen.add(field[1].lower())
        elif line.isspace() or not line.startswith((b" ", b"\t")):
            following = _unfolded(content, after)
            if not _goes_on(FIELD.match(content, following), seen):
                return at, after if line.isspace() else at
            after = following
        at = after
    return at, at


def _unfolded(content: bytes, at: int) -> int:
    """The start of the next line that begins with no space."""
    while content[at:at + 1] in {b" ", b"\t"}:
        at = content.find(b"\n", at) + 1 or len(content)
    return at


def _goes_on(field: re.Match[bytes] | None, seen: AbstractSet[bytes]) -> bool:
    """Whether a field continues the head: a quoted letter in the body has fields, too."""
    known = KNOWN.match(field[1]) if field else None
    return known is not None and field is not None and (known["repeats"] is not None or field[1].lower() not in seen)


def words(value: str) -> str:
    """Decodes encoded words (RFC 2047); a character split between two words is restored."""
    if "=?" not in value:
        return value
    return "".join(_pieces(value))


def _pieces(value: str) -> Iterator[str]:
    tokens: list[tuple[tuple[str, str], str]] = []
    end = 0
    for found in WORD.finditer(value):
        between = value[end:found.start()]
        if between.strip() or (between and not tokens):
            tokens.append((("", ""), between))
        charset, encoding, text = found.groups()
        tokens.append(((charset.partition("*")[0].lower(), encoding.lower()), text))  # RFC 2231 §5: a language
        end = found.end()
    tokens.append((("", ""), value[end:]))
    for (charset, encoding), run in groupby(tokens, lambda token: token[0]):
        texts = [text for _, text in run]
        yield decode(_unworded(texts, encoding), charset) if encoding else "".join(texts)


def _unworded(texts: list[str], encoding: str) -> bytes:
    if encoding == "q":
        return binascii.a2b_qp("".join(texts).encode("utf8"), header=True)
    if any(len(text) % 4 for text in texts[:-1]):  # split within a quantum of base64
        texts = ["".join(texts)]
    return b"".join(map(unbase64, texts))


def unbase64(text: str | bytes) -> bytes:
    """The decodable part of base64; a truncated one gives its beginning."""
    try:
        return binascii.a2b_base64(text)
    except (binascii.Error, ValueError):
        content = text.encode("ascii", "ignore") if isinstance(text, str) else text
        signs = re.sub(rb"[^A-Za-z0-9+/]", b"", content)
        signs = signs[:-1] if len(signs) % 4 == 1 else signs
        return binascii.a2b_base64(signs + b"=" * (-len(signs) % 4))


def parameterised(value: str) -> Parameterised:
    """A field with parameters: quoted, unquoted, in sections (RFC 2231), or wrongly in encoded words."""
    kind = value.partition(";")[0].strip().lower()
    if ";" not in value:
        return Parameterised(kind, {})
    params: dict[str, str] = {}
    pieces: dict[str, dict[int, tuple[str, bool]]] = {}
    for name, text in PARAM.findall(value)[:PARAMS_LIMIT]:
        section = SECTION.match(name.lower())
        if section and (section[2] or section[3]):
            pieces.setdefault(section[1], {})[int(section[2] or 0)] = (_unquoted(text), bool(section[3]))
        else:
            params.setdefault(name.lower(), words(_unquoted(text)))
    for name, numbered in pieces.items():
        params[name] = _joined([numbered[number] for number in sorted(numbered)])
    return Parameterised(kind, params)


def _unquoted(text: str) -> str:
    text = text.strip()
    if not text.startswith('"'):
        return text
    return re.sub(r"\\(.)", r"\1", text[1:].removesuffix('"'))


def _joined(pieces: list[tuple[str, bool]]) -> str:
    first, encoded = pieces[0]
    charset, quote, rest = first.partition("'")
    if encoded and quote:
        pieces = [(rest.partition("'")[2], True), *pieces[1:]]
    else:
        charset = ""
    content = b"".join(unquote_to_bytes(text) if encoded else text.encode("utf8") for text, encoded in pieces)
    return words(decode(content, canonical(charset)))


class Mailbox(Struct, frozen=True):
    """A name and an addr-spec."""

    name: str
    address: str


def mailboxes(value: str) -> list[Mailbox]:
    """All recognisable mailboxes of an address field."""
    found = list(_mailboxes(value))
    return found if found or "=?" not in value else list(_mailboxes(words(value)))


def _mailboxes(value: str) -> Iterator[Mailbox]:
    name: list[str] = []
    comment = angle = ""
    count = 0
    for sign in [*TOKEN.findall(value), ","]:
        if sign in {",", ";"}:
            box = _mailbox("".join(name), angle, comment)
            if box and (count := count + 1) <= ADDRESSES_LIMIT:
                yield box
            if box or sign == ";" or len(name) > NAME_LIMIT:
                name, comment, angle = [], "", ""
            else:
                name.append(sign)  # part of an unquoted name
        elif sign[0] == "<":
            angle = sign
        elif sign[0] == "(":
            comment = sign[1:-1]
        else:
            name.append(_unquoted(sign) if sign[0] == '"' and not angle else sign)


def _mailbox(name: str, angle: str, comment: str) -> Mailbox | None:
    found = ADDRESS.search(angle) or ADDRESS.search(COMMENT.sub("", angle)) or (ADDRESS.search(name) if not angle else None)
    if found is None:
        return None
    shown = name if angle else comment
    return Mailbox(" ".join(words(shown).split()).strip("'\" "), normal(found[0]))


def normal(address: str) -> str:
    """An addr-spec with its domain in lower case (RFC 5321 2.4); only its server interprets the local part."""
    local, _, domain = address.rpartition("@")
    return f"{local}@{domain.rstrip('.').lower()}"


def message_ids(value: str) -> list[str]:
    """Message-IDs without their brackets, also where they have none."""
    return MESSAGE_ID.findall(value) or BARE_ID.findall(value)
