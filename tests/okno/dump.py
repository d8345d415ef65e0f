"""Searches whatever lies in files for texts, however they are written there: a dump that somebody has got hold of."""

import gzip
import io
import re
import sqlite3
import tarfile
import zipfile
from base64 import b64encode
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from quopri import encodestring
from urllib.parse import quote

GZIP, ZIP, SQLITE = b"\x1f\x8b\x08", b"PK\x03\x04", b"SQLite format 3\0"
BETWEEN = b" ()-."
SOFT = b"=\n"
"""RFC 2045 6.7: where a line goes on."""
NUMBER = re.compile(r"\+?\d{7,}")


def leaked(texts: Iterable[str], *places: Path) -> dict[str, set[str]]:
    """Which of the texts stand in any file at these places, and in which."""
    content = {str(path): b"\0".join(_unpacked(path.read_bytes(), path)) for place in places for path in files(place)}
    bare = {name: each.translate(None, BETWEEN) for name, each in content.items()}
    found = {text: {name for name in content if _stands(text, content[name], bare[name])} for text in texts}
    return {text: names for text, names in found.items() if names}


def files(place: Path) -> list[Path]:
    return [path for path in sorted(place.rglob("*")) if path.is_file()] if place.is_dir() else [place]


def stands(text: str, content: bytes) -> bool:
    return _stands(text, content, content.translate(None, BETWEEN))


def _stands(text: str, content: bytes, bare: bytes) -> bool:
    """`bare` is the content without what may stand between digits."""
    if NUMBER.fullmatch(text):  # of ten digits, and whatever stands for the country before them
        return text[-10:].encode() in bare
    return any(form in content for each in {text, text.lower()} for form in _forms(each))


def _forms(text: str) -> Iterator[bytes]:
    utf8 = text.encode()
    yield utf8
    yield from (text.encode(code) for code in ("utf-16-le", "utf-16-be", "cp1251"))
    for before in range(3):  # where it begins within four signs of base64 is where it stands within three bytes
        whole = b64encode(bytes(before) + utf8)
        yield whole[4 * (before > 0):len(whole) - 4]
    yield encodestring(utf8).replace(SOFT, b"")
    yield quote(text).encode()
    yield text.encode("ascii", "backslashreplace")  # JSON's escapes, and Python's


def _unpacked(content: bytes, path: Path | None = None) -> Iterator[bytes]:
    """Something as it lies there, and everything that is packed in it."""
    yield content
    if SOFT in content:
        yield content.replace(SOFT, b"")
    if content.startswith(GZIP):
        yield from _unpacked(gzip.decompress(content))
    elif content.startswith(ZIP):
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            for name in packed.namelist():
                yield name.encode()
                yield from _unpacked(packed.read(name))
    elif content.startswith(SQLITE):
        yield from _cells(content, path)
    elif _is_tar(content):
        with tarfile.open(fileobj=io.BytesIO(content)) as tar:
            for member in tar.getmembers():
                yield member.name.encode()
                if (file := tar.extractfile(member)) is not None:
                    yield from _unpacked(file.read())


def _is_tar(content: bytes) -> bool:
    return content[257:262] == b"ustar"


def _cells(content: bytes, path: Path | None) -> Iterator[bytes]:
    """Every value of every table, since a row may be parted between pages; and every word of an index, since those are packed."""
    with closing(sqlite3.connect(":memory:" if path is None else f"file:{path}?mode=ro", uri=path is not None)) as db:
        db.text_factory = bytes
        if path is None:
            db.deserialize(content[:18] + b"\1\1" + content[20:])  # as one that never had a log beside it: memory has none
        for table, sql in db.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table' AND sql IS NOT NULL").fetchall():
            name = table.decode()
            if b"VIRTUAL" in sql:
                db.execute(f"CREATE VIRTUAL TABLE temp.words USING fts5vocab(main, {name}, row)")
                yield b" ".join(term for (term,) in db.execute("SELECT term FROM temp.words"))
                db.execute("DROP TABLE temp.words")
            else:
                for row in db.execute(f"SELECT * FROM {name}"):
                    yield b"\0".join(cell if isinstance(cell, bytes) else str(cell).encode() for cell in row)
