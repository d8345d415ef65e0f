"""Export of a part of the audit, verifiable by itself: each record with its hash, and the state of the chain before and after.

As JSON lines, whose `deed` is the stored document, or as CSV for spreadsheets.
"""

import csv
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from io import TextIOWrapper
from pathlib import Path
from typing import BinaryIO, TypeVar

import msgspec

from hub.audit.hash_chain import EVERY, Row
from hub.kernel.audit_entry import AuditEntry
from hub.kernel.csv_file import CsvFile, harmless
from hub.kernel.errors import OknoError
from storage.codec import load_audit_entry

COLUMNS = ("number", "at", "by", "what", "about", "detail", "ground", "hash", "doc")
CSV, JSONL = "csv", "jsonl"


class Line(msgspec.Struct, frozen=True, omit_defaults=True):
    """Without a `deed`: the state of the chain before the first record, or after the last one."""

    number: int
    hash: str
    deed: msgspec.Raw = msgspec.Raw(b"")


class _When(msgspec.Struct, frozen=True):
    at: datetime


T = TypeVar("T")
_when = msgspec.json.Decoder(_When)
_line = msgspec.json.Decoder(Line)


def span(rows: Iterable[Row], begins: datetime | None, ends: datetime | None) -> tuple[int, int]:
    """The numbers of the first and the last record of a time, and all between; (1, 0) where there is none. Raises OknoError."""
    first, last = 1, 0
    for number, doc, _ in rows:
        at = _decoded(number, doc, _when.decode)[1].at
        if (begins is None or at >= begins) and (ends is None or at < ends):
            first, last = first if last else number, number
    return first, last


def write(file: BinaryIO, form: str, before: tuple[int, bytes], rows: Iterable[Row]) -> None:
    """Write the records behind `before`, its number and hash. Raises OknoError for one that is none."""
    (_write_csv if form == CSV else _write_lines)(file, before, rows)


def _write_lines(file: BinaryIO, before: tuple[int, bytes], rows: Iterable[Row]) -> None:
    number, hashed = before[0], before[1].hex()
    file.write(msgspec.json.encode(Line(number, hashed)) + b"\n")
    for number, doc, kept in rows:
        stored, hashed = _decoded(number, doc, load_audit_entry)[0], _hex(number, kept)
        file.write(msgspec.json.encode(Line(number, hashed, msgspec.Raw(stored))) + b"\n")
    file.write(msgspec.json.encode(Line(number, hashed)) + b"\n")


def _write_csv(file: BinaryIO, before: tuple[int, bytes], rows: Iterable[Row]) -> None:
    text = TextIOWrapper(file, "utf8", newline="")
    out, empty = CsvFile(text, end="\n", quoted=True), [""] * 6
    number, hashed = before[0], before[1].hex()
    out.write(COLUMNS, [number, *empty, hashed, ""])
    for number, doc, kept in rows:
        stored, deed = _decoded(number, doc, load_audit_entry)
        hashed = _hex(number, kept)
        out.write([number, *_cells(deed), hashed, stored.decode()])
    out.write([number, *empty, hashed, ""])
    text.flush()
    text.detach()


class Export:
    """An export that is read again; raises OknoError for a file that is none."""

    def __init__(self, path: Path) -> None:
        self._path = path
        lines = self._lines()
        first = next(lines, None)
        if first is None or first[1] is not None:
            message = f"{path} is no export of the audit"
            raise OknoError(message)
        self.before: tuple[int, bytes] = first[0], first[2]
        last = next(iter(deque(lines, 1)), first)
        self.end: tuple[int, bytes] | None = (last[0], last[2]) if last is not first and last[1] is None else None
        """Where the chain stood behind the last record; None where the file was cut off before that."""

    def rows(self, first: int) -> Iterator[Row]:
        """From a record's line on, in the order of the file."""
        lines = self._lines()
        next(lines)
        begun = first == EVERY
        for number, doc, kept in lines:
            begun = begun or number == first
            if begun and doc is not None:
                yield number, doc, kept

    def _lines(self) -> Iterator[tuple[int, bytes | None, bytes]]:
        try:
            with self._path.open("rb") as file:
                lines = file.read(1) == b"{"
                file.seek(0)
                yield from _read_lines(file) if lines else _read_csv(file)
        except OSError as error:
            message = f"{self._path}: {error.strerror}"
            raise OknoError(message) from error


def _read_lines(file: BinaryIO) -> Iterator[tuple[int, bytes | None, bytes]]:
    number = 0
    for text in file:
        try:
            line = _line.decode(text)
            number = line.number
            yield number, bytes(line.deed) or None, bytes.fromhex(line.hash)
        except ValueError:
            # Unreadable lines were altered; they match no hash.
            number += 1
            yield number, text, b""


def _read_csv(file: BinaryIO) -> Iterator[tuple[int, bytes | None, bytes]]:
    number = 0
    lines = csv.reader(text.decode("utf8", "replace") for text in file)
    next(lines, None)
    for cells in lines:
        try:
            given, *told, hashed, doc = cells
            number, kept = int(given), bytes.fromhex(hashed)
            if doc and [harmless(cell) for cell in _cells(load_audit_entry(doc.encode()))] != told:
                yield number, "\n".join(cells).encode(), kept  # what people read there is not what the document says
            else:
                yield number, doc.encode() or None, kept
        except ValueError:
            number += 1
            yield number, "\n".join(cells).encode(), b""


def _cells(deed: AuditEntry) -> list[str]:
    return [deed.at.isoformat(), deed.by, deed.what, deed.about, deed.detail, deed.ground]


def _decoded(number: int, doc: object, decode: Callable[[bytes], T]) -> tuple[bytes, T]:
    try:
        if isinstance(doc, bytes):
            return doc, decode(doc)
    except msgspec.DecodeError:
        pass
    message = f"запись № {number} не читается: okno audit verify покажет, что с ней"
    raise OknoError(message)


def _hex(number: int, kept: object) -> str:
    if isinstance(kept, bytes):
        return kept.hex()
    message = f"хеш записи № {number} не читается: okno audit verify покажет, что с ней"
    raise OknoError(message)
