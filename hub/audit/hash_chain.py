"""The audit log as a hash chain: each hash covers the previous hash, the number and the document, so a change is detected.

A verifier needs only the rows (number, document, hash) in order. Values may have any type, since a file may hold anything. Pure.
"""

from collections.abc import Callable, Iterable, Iterator
from enum import StrEnum
from hashlib import sha256

from msgspec import Struct
from msgspec.structs import replace

START = sha256(b"okno audit 1\n").digest()
"""The hash before the first record."""
NAMED = 20
"""Most findings that are kept; further ones are only counted."""
EVERY = -(1 << 63)
"""The lowest possible number."""
Row = tuple[int, object, object]
"""Number, document and hash; a tampered file may hold values of any type."""


def link_hash(before: bytes, number: int, doc: bytes | bytearray) -> bytes:
    """The hash of a record: SHA-256 over the previous hash, the number (8 bytes, big-endian) and the document."""
    return sha256(before + number.to_bytes(8, "big", signed=True) + doc).digest()


class ChainDefect(StrEnum):
    ALTERED = "altered"
    """The record does not continue the previous one: it was changed, or the previous one was rewritten together with its hash."""
    HASH = "hash"
    """Its hash was changed; the record itself is intact."""
    DROPPED = "dropped"
    """Records `number` to `upto` are missing."""
    INSERTED = "inserted"
    """The record was inserted."""
    MOVED = "moved"
    """The record of this number lies at `upto`."""
    CUT = "cut"
    """Records `number` to `upto`, the last ones, are missing."""


class DefectKind(Struct, frozen=True):
    """`doc` is the document found there, `before` and `after` are its neighbours' documents; b"" where there are none."""

    flaw: ChainDefect
    number: int
    upto: int
    doc: bytes = b""
    before: bytes = b""
    after: bytes = b""


class ChainReport(Struct):
    """Result of verifying the chain."""

    number: int = 0
    """Number of the last record."""
    hash: bytes = START
    count: int = 0
    flaws: int = 0
    findings: list[DefectKind] = []
    marked: dict[int, bytes] = {}
    """Hashes at the requested numbers."""


def verify_chain(rows: Callable[[int], Iterable[Row]], *, number: int = 0, before: bytes = START,
                 marks: frozenset[int] = frozenset()) -> ChainReport:
    """Verify the rows after record `number`, whose hash is `before`.

    `rows(n)` returns the rows from number n on, in order, and `rows(EVERY)` all of them.
    """
    seen = _Seen(ChainReport(number, before), marks)
    for row in rows(EVERY):
        seen.add(row)
    found = seen.walk
    for at, finding in enumerate(found.findings):
        if finding.flaw is ChainDefect.ALTERED:
            found.findings[at] = _diagnosed(finding, seen.trusted[finding.number], rows)
            break  # after the first defect the rest may look like anything
    return found


class _Seen:
    """`_other` is the hash that the last record should have, where it has a different one."""

    def __init__(self, begun: ChainReport, marks: frozenset[int]) -> None:
        self.walk, self._marks = begun, marks
        self.trusted: dict[int, bytes] = {}
        """The hash that a broken record should continue."""
        self._other: bytes | None = None
        self._doc = b""

    def add(self, row: Row) -> None:
        seen, (number, doc, kept) = self.walk, row
        seen.count += 1
        # Fast path for intact rows: a million of them are verified.
        if number == seen.number + 1 and isinstance(doc, bytes) and link_hash(seen.hash, number, doc) == kept:
            seen.number, seen.hash, self._other, self._doc = number, kept, None, doc
            if number in self._marks:
                seen.marked[number] = kept
            return
        self._doubt(number, _bytes(doc), _bytes(kept))

    def _doubt(self, number: int, doc: bytes, kept: bytes) -> None:
        seen = self.walk
        if number <= seen.number:
            self._late(number, doc)
            return
        expected = seen.number + 1
        if number > expected:
            # The record it should continue is missing, so this one cannot be judged.
            self._found(DefectKind(ChainDefect.DROPPED, expected, number - 1, before=self._doc, after=doc))
            other = None
        elif self._other is not None and link_hash(self._other, number, doc) == kept:
            self._only_hash(number - 1)
            other = None
        else:
            self._found(DefectKind(ChainDefect.ALTERED, number, number, doc, self._doc))
            self.trusted.setdefault(number, seen.hash)
            other = link_hash(seen.hash, number, doc)
        seen.number, seen.hash, self._other, self._doc = number, kept, other, doc
        if number in self._marks:
            seen.marked[number] = kept

    def _late(self, number: int, doc: bytes) -> None:
        """A number that was passed already: a missing record found elsewhere, or a surplus one."""
        findings = self.walk.findings
        for at, each in enumerate(findings):
            if each.flaw is ChainDefect.DROPPED and each.number == each.upto == number:
                findings[at] = replace(each, flaw=ChainDefect.MOVED, upto=self.walk.number, doc=doc)
                return
        self._found(DefectKind(ChainDefect.INSERTED, number, number, doc, self._doc))

    def _only_hash(self, number: int) -> None:
        findings = self.walk.findings
        for at, each in enumerate(findings):
            if each.flaw is ChainDefect.ALTERED and each.number == number:
                findings[at] = replace(each, flaw=ChainDefect.HASH)

    def _found(self, finding: DefectKind) -> None:
        self.walk.flaws += 1
        if len(self.walk.findings) < NAMED:
            self.walk.findings.append(finding)


def _diagnosed(finding: DefectKind, before: bytes, rows: Callable[[int], Iterable[Row]]) -> DefectKind:
    """Diagnose a record that does not continue the previous one, whose hash is `before`, by searching the rows that follow."""
    number, behind = finding.number, _as_bytes(rows(finding.number))
    _, doc, kept = next(behind)
    previous, follows = kept, False
    for at, other, hashed in behind:
        if at == number + 1:
            follows = link_hash(kept, number + 2, other) == hashed  # continues the previous record, but under the next number
        true = link_hash(before, number, other)
        if true == hashed:
            last = hashed if at == number + 1 else previous
            exchanged = kept in {link_hash(last, at, doc), link_hash(hashed, number + 1, doc)}
            return replace(finding, flaw=ChainDefect.MOVED if exchanged else ChainDefect.INSERTED, upto=at if exchanged else number)
        if true == kept:
            return replace(finding, flaw=ChainDefect.MOVED, upto=at)  # documents were exchanged, hashes were not
        previous = hashed
    return replace(finding, flaw=ChainDefect.DROPPED, doc=b"", after=doc) if follows else finding


def _as_bytes(rows: Iterable[Row]) -> Iterator[tuple[int, bytes, bytes]]:
    for number, doc, kept in rows:
        yield number, _bytes(doc), _bytes(kept)


def _bytes(value: object) -> bytes:
    """A value that is no BLOB was written by another program and fits no hash."""
    return value if isinstance(value, bytes) else repr(value).encode()
