"""The audit as a chain: each record's hash is over the hash before, its number and its document, so that none is changed unseen.

Whoever verifies needs the rows alone: (number, document, hash), in order. Values are what a file holds, whatever that is. Pure.
"""

from collections.abc import Callable, Iterable, Iterator
from enum import StrEnum
from hashlib import sha256

from msgspec import Struct
from msgspec.structs import replace

START = sha256(b"okno audit 1\n").digest()
"""What the first record follows."""
NAMED = 20
"""So many findings are kept; the others are only counted."""
EVERY = -(1 << 63)
"""The lowest number that there could be."""
Row = tuple[int, object, object]
"""Number, document and hash; anything may stand in a file that somebody has written into."""


def link_hash(before: bytes, number: int, doc: bytes | bytearray) -> bytes:
    """The hash of a record: SHA-256 over the hash of the one before, the number (8 bytes, big-endian) and the document."""
    return sha256(before + number.to_bytes(8, "big", signed=True) + doc).digest()


class ChainDefect(StrEnum):
    ALTERED = "altered"
    """The record does not continue the one before: it was changed, or the one before was rewritten together with its hash."""
    HASH = "hash"
    """Its hash was changed; the record itself is as it was."""
    DROPPED = "dropped"
    """Records `number` to `upto` are not there."""
    INSERTED = "inserted"
    """What lies there never belonged there."""
    MOVED = "moved"
    """The record of this number lies at `upto`."""
    CUT = "cut"
    """Records `number` to `upto`, the last ones, are not there."""


class DefectKind(Struct, frozen=True):
    """`doc` is what lies there now, `before` and `after` are its neighbours' documents; b"" where there are none."""

    flaw: ChainDefect
    number: int
    upto: int
    doc: bytes = b""
    before: bytes = b""
    after: bytes = b""


class ChainReport(Struct):
    """What a walk along the chain has seen."""

    number: int = 0
    """Of the last record."""
    hash: bytes = START
    count: int = 0
    flaws: int = 0
    findings: list[DefectKind] = []
    marked: dict[int, bytes] = {}
    """The hashes at the numbers that were asked for."""


def verify_chain(rows: Callable[[int], Iterable[Row]], *, number: int = 0, before: bytes = START,
                 marks: frozenset[int] = frozenset()) -> ChainReport:
    """Follow the rows behind record `number`, whose hash is `before`.

    `rows(n)` gives those with and behind number n, in order, and `rows(EVERY)` all of them.
    """
    seen = _Seen(ChainReport(number, before), marks)
    for row in rows(EVERY):
        seen.add(row)
    found = seen.walk
    for at, finding in enumerate(found.findings):
        if finding.flaw is ChainDefect.ALTERED:
            found.findings[at] = _diagnosed(finding, seen.trusted[finding.number], rows)
            break  # what follows from the first may look like anything
    return found


class _Seen:
    """`_other` is the hash that the last record should have had, where it has another one."""

    def __init__(self, begun: ChainReport, marks: frozenset[int]) -> None:
        self.walk, self._marks = begun, marks
        self.trusted: dict[int, bytes] = {}
        """The hash that a broken record was to continue."""
        self._other: bytes | None = None
        self._doc = b""

    def add(self, row: Row) -> None:
        seen, (number, doc, kept) = self.walk, row
        seen.count += 1
        # Quick for what is as it should be: a million of them are walked along.
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
            # What it should continue is not there, so that it cannot be doubted itself.
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
        """A number that has been passed already: a missing one that lies elsewhere, or one too many."""
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
    """What became of a record that does not continue the one before, whose hash is `before`: looked for in all that follow."""
    number, behind = finding.number, _as_bytes(rows(finding.number))
    _, doc, kept = next(behind)
    previous, follows = kept, False
    for at, other, hashed in behind:
        if at == number + 1:
            follows = link_hash(kept, number + 2, other) == hashed  # it continues what lies here, but under the next number
        true = link_hash(before, number, other)
        if true == hashed:
            last = hashed if at == number + 1 else previous
            exchanged = kept in {link_hash(last, at, doc), link_hash(hashed, number + 1, doc)}
            return replace(finding, flaw=ChainDefect.MOVED if exchanged else ChainDefect.INSERTED, upto=at if exchanged else number)
        if true == kept:
            return replace(finding, flaw=ChainDefect.MOVED, upto=at)  # the documents were exchanged, and the hashes left
        previous = hashed
    return replace(finding, flaw=ChainDefect.DROPPED, doc=b"", after=doc) if follows else finding


def _as_bytes(rows: Iterable[Row]) -> Iterator[tuple[int, bytes, bytes]]:
    for number, doc, kept in rows:
        yield number, _bytes(doc), _bytes(kept)


def _bytes(value: object) -> bytes:
    """What is no BLOB was put there by somebody else, and fits no hash."""
    return value if isinstance(value, bytes) else repr(value).encode()
