"""Bytes of letters as text, whatever they are said to be: Russian letters are often declared as what they are not."""

import re
from functools import cache

ALIASES = {
    "ansi": "windows-1251", "cp-1251": "windows-1251", "koi8": "koi8-r", "utf": "utf-8", "utf8mb4": "utf-8", "win-1251": "windows-1251",
    "win1251": "windows-1251", "windows1251": "windows-1251", "x-cp1251": "windows-1251", "x-mac-cyrillic": "mac-cyrillic",
    "unicode-1-1-utf-7": "utf-7", "koi-8r": "koi8-r", "koi8r": "koi8-r", "koi8u": "koi8-u", "iso-8859-8-i": "iso-8859-8", "dos-866": "cp866",
}
TEXTUAL = re.compile(r"utf|iso|windows|cp\d|koi8|mac|big5|gb|euc|shift|sjis|latin|us-ascii|ascii|hz|kz1048|ptcp|tis")
"""Python knows codecs that are no charsets, and of those some take quadratic time (idna, punycode)."""
SHIFTING = re.compile(r"utf-?7|utf-?16|utf-?32|iso-?2022|hz")
"""Charsets whose text may look like ASCII and is not."""
CYRILLIC = ("windows-1251", "koi8-r", "cp866", "iso8859-5", "mac-cyrillic")
VAGUE = {"", "us-ascii", "ascii", "iso-8859-1", "latin1", "latin-1", "iso8859-1", "windows-1252", "cp1252", "unknown-8bit", "x-unknown", "unknown"}
"""What mailers say who know nothing."""
FREQUENT = "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъё"
"""Letters by their frequency in Russian (Национальный корпус русского языка)."""
MARKS = "«»—–…№„“”’\u00a0"
SAMPLE, ENOUGH, MARGIN = 600, 8, 4.0
_ASCII = bytes(range(128))
_WORDY = re.compile(rb"[\x80-\xff]{3}")
_UNSHOWN = re.compile("[\0-\x08\x0b\x0e-\x1f\x7f\ud800-\udfff\ufeff]")


def decode(content: bytes, charset: str) -> str:
    """Text, never an error: what cannot be read is U+FFFD."""
    name = canonical(charset)
    if content.isascii() and not SHIFTING.match(name):
        return tidy(content.decode("ascii"))
    return tidy(content.decode(_likely(content, name), "replace"))


def tidy(text: str) -> str:
    """Without what is never shown and breaks stores: controls, lone surrogates, byte order marks. Lines end with LF."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text
    return _UNSHOWN.sub("", lines.replace("\x0c", "\n"))


def canonical(charset: str) -> str:
    """The name Python knows a charset by; "" for what is none."""
    name = charset.strip(" \t\"'").lower().replace("_", "-")
    name = ALIASES.get(name, name)
    return name if name in VAGUE or (TEXTUAL.match(name) and _known(name)) else ""


@cache
def _known(name: str) -> bool:
    try:
        b"".decode(name)
    except (LookupError, ValueError):  # a NUL in the name is a ValueError
        return False
    return True


def _likely(content: bytes, name: str) -> str:
    """The declared charset, if the bytes do not say otherwise."""
    if SHIFTING.match(name):
        return name
    if _is_utf8(content):
        return "utf-8"
    foreign = content.translate(None, _ASCII)[:SAMPLE]
    if name in VAGUE:
        return "windows-1252" if name and name != "us-ascii" and not _WORDY.search(content) else guess(foreign)
    if name in {"utf-8", "utf8"}:
        return "utf-8" if _mostly_utf8(content) else guess(foreign)
    return _doubted(foreign, name) if name in {"windows-1251", "koi8-r", "cp1251", "koi8-u", "iso-8859-5"} else name


def _is_utf8(content: bytes) -> bool:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _mostly_utf8(content: bytes) -> bool:
    """A broken letter in UTF-8, rather than one in something else: few of its foreign bytes make no sense."""
    head = content[:100_000]
    return head.decode("utf-8", "replace").count("\ufffd") * 4 < len(head.translate(None, _ASCII))


def guess(foreign: bytes) -> str:
    """The Cyrillic charset in which these bytes above 127 look most like Russian."""
    return max(CYRILLIC, key=lambda charset: _russian(foreign, charset))


def _doubted(foreign: bytes, name: str) -> str:
    best = guess(foreign)
    better = len(foreign) >= ENOUGH and _russian(foreign, best) > _russian(foreign, name) + MARGIN
    return best if better else name


def _russian(foreign: bytes, charset: str) -> float:
    """How frequent the letters are on average; the case counts, since KOI-8 read as windows-1251 looks LIKE tHIS."""
    weights = _weights(charset)
    return sum(map(weights.__getitem__, foreign)) / max(1, len(foreign))


@cache
def _weights(charset: str) -> list[int]:
    return [_weight(bytes([code]).decode(charset, "replace")) for code in range(256)]


def _weight(sign: str) -> int:
    small = sign.lower()
    if small in FREQUENT:
        return len(FREQUENT) - FREQUENT.index(small) - (8 if small != sign else 0)
    return 12 if sign in MARKS else -20
