"""Splits a letter into parts on the bytes: an attached letter is unchanged, and bombs cost bounded work."""

import binascii
import itertools
import re
from collections.abc import Iterator
from contextlib import suppress

from msgspec import Struct

from channels.email.headers import Headers, Parameterised, parameterised, split, unbase64

DEPTH_LIMIT, PARTS_LIMIT, PIECES_LIMIT = 12, 300, 1000
"""Limits: the excess stays one file. Pieces are those of base64 joined from several."""
TYPES = {
    "application/msword": ".doc", "application/pdf": ".pdf", "application/pkcs7-mime": ".p7m", "application/pkcs7-signature": ".p7s",
    "application/zip": ".zip", "audio/mpeg": ".mp3", "image/gif": ".gif", "image/jpeg": ".jpg", "image/png": ".png", "image/webp": ".webp",
    "message/delivery-status": ".txt", "message/global": ".eml", "message/rfc822": ".eml", "text/calendar": ".ics", "text/csv": ".csv",
    "text/html": ".html", "text/plain": ".txt", "text/rfc822-headers": ".txt", "text/vcard": ".vcf",
}
_KIND = re.compile(r"\A[\w.+-]+/[\w.+-]+\Z", re.ASCII)
_BOUNDARY = re.compile(rb"^--(\S[^\r\n]{0,200})\r?\nContent-", re.MULTILINE | re.IGNORECASE)
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/=\s]")
_SPACES = re.compile(rb"(?<=[A-Za-z]) {1,3}(?=[A-Za-z])")
_BEGIN = re.compile(rb"^begin [0-7]{3,4} [^\r\n]*\r?\n", re.MULTILINE)
_LINE_END = re.compile(rb"(?<![ \t])(--)?[ \t]*(?:\r?\n|\r|\Z)")
_PADDED = re.compile(rb"=+\s*")


class Part(Struct, frozen=True):
    """A part as it was sent: `body` is not decoded."""

    headers: Headers
    body: bytes
    type: Parameterised
    default: str = "text/plain"

    @property
    def kind(self) -> str:
        """The media type in lower case; an invalid one is plain text (RFC 2045 5.2), of «multipart/*» its parts are read."""
        if self.type.value.startswith("multipart") and not _KIND.match(self.type.value):
            return "multipart/mixed"
        return self.type.value if _KIND.match(self.type.value) else self.default

    @property
    def disposition(self) -> Parameterised:
        return parameterised(self.headers.raw("content-disposition"))

    @property
    def name(self) -> str:
        """The file's name from the sender; "" without one."""
        name = self.disposition.params.get("filename") or self.type.params.get("name", "")
        return " ".join(name.split())[:255]

    def content(self) -> bytes:
        """The decoded body, never an error."""
        return decoded(self.body, self.headers.raw("content-transfer-encoding"))


def part_of(raw: bytes, default: str = "text/plain", *, whole: bool = False) -> Part:
    """A part from its bytes, or a whole letter."""
    headers, body = split(raw, whole=whole)
    if not headers:
        body = body[2:] if body.startswith(b"\r\n") else body.removeprefix(b"\n")
    kind = parameterised(headers.raw("content-type"))
    headers.charset = kind.params.get("charset", "")
    return Part(headers, body, kind, default)


def children(part: Part, limit: int) -> Iterator[Part]:
    """The parts of a multipart. Beyond `limit` one attached letter contains the rest. None without a boundary."""
    boundary = _boundary(part)
    if not boundary:
        return
    default = "message/rfc822" if part.kind == "multipart/digest" else "text/plain"  # RFC 2046 5.1.5
    start, count = -1, 0
    for before, after, last in _delimiters(part.body, b"--" + boundary):
        if start >= 0:
            yield part_of(part.body[start:before], default)
            count += 1
        start = -1 if last else after
        if last or count >= limit:
            break
    if start >= 0 and count >= limit:
        yield attached(part, b"--" + boundary + b"\r\n" + part.body[start:])
    elif start >= 0:
        yield part_of(part.body[start:], default)


def attached(part: Part, body: bytes) -> Part:
    """A multipart, or its rest, as a separate letter that mail programs open."""
    head = f"Content-Type: {part.headers.raw('content-type')}\r\n\r\n".encode()
    return Part(Headers(b""), head + body, Parameterised("message/rfc822", {}))


def _delimiters(body: bytes, mark: bytes) -> Iterator[tuple[int, int, bool]]:
    """For each delimiter: its start with the preceding line break, the end of its line, and whether it is the last (RFC 2046 5.1.1)."""
    at = body.find(mark)
    while at >= 0:
        found = _LINE_END.match(body, at + len(mark))
        if found and (at == 0 or body[at - 1] in b"\r\n"):
            before = at - 2 if body[max(0, at - 2):at] == b"\r\n" else max(0, at - 1)
            yield before, found.end(), bool(found[1])
        at = body.find(mark, at + len(mark))


def _boundary(part: Part) -> bytes:
    """The declared boundary, or the one in use where it differs or is missing."""
    declared = part.type.params.get("boundary", "").rstrip().encode("utf8")
    if declared and b"--" + declared in part.body:
        return declared
    seen = _BOUNDARY.search(part.body[:64 * 1024])
    return seen[1].rstrip(b" \t") if seen else b""


def decoded(body: bytes, encoding: str) -> bytes:
    """A body decoded from its transfer encoding (RFC 2045 6); an unknown one counts as none."""
    match encoding.strip(" \t;'\"").lower():
        case "base64" | "b":
            return _unbase64(body)
        case "quoted-printable" | "q":
            return binascii.a2b_qp(body)
        case "x-uuencode" | "uuencode" | "x-uue" | "uue":
            return _unuuencoded(body)
        case _:
            return body


def _unbase64(body: bytes) -> bytes:
    """Base64 in several pieces, truncated, or followed by a list's footer; text wrongly declared as base64 stays unchanged."""
    head = body[:4096]
    if len(_NOT_BASE64.findall(head)) * 10 > len(head) or len(_SPACES.findall(head)) * 40 > len(head):
        return body
    if b"=" not in body:
        return unbase64(body)
    pieces = [piece for piece in _PADDED.split(body, PIECES_LIMIT) if piece]
    first = unbase64(pieces[0]) if pieces else b""
    return first + b"".join(unbase64(piece) for piece in pieces[1:] if not _NOT_BASE64.search(piece))


def _unuuencoded(body: bytes) -> bytes:
    """The file between `begin` and `end` (POSIX uuencode); what has none stays unchanged."""
    begun = _BEGIN.search(body)
    if begun is None:
        return body
    lines = itertools.takewhile(lambda line: line.strip() not in {b"end", b"`", b""}, body[begun.end():].splitlines())
    return b"".join(map(_uu_line, lines))


def _uu_line(line: bytes) -> bytes:
    """A line's bytes: many encoders write more signs than its length asks for, or lose spaces at its end."""
    length = (line[0] - 32) & 63
    with suppress(binascii.Error):
        return binascii.a2b_uu(line[:1 + (length + 2) // 3 * 4])
    return b""
