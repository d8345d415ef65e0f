"""Compares all rows of a store with its ledger: which ones the hub has not written, and how they differ."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from enum import StrEnum
from typing import NamedTuple, Protocol

import msgspec
from msgspec import Struct

from hub.kernel.errors import SealedError
from storage.ledger import HEADS, LISTED, RECORDS, ROOT, Root, Touched, check_witness, document_place, number_of, sum_of
from storage.vault import MARK, Vault

NAMED = 50
"""Findings that are kept; further ones are only counted."""
TOLD_EACH = 1000


class Row(NamedTuple):
    """`former` is what an older Okno bound it to, where that was another place."""

    group: str
    key: str
    place: str
    doc: bytes
    former: str = ""


class Rows(Protocol):
    """A store at one moment."""

    def total(self) -> int: ...

    def ledger(self, key: str) -> bytes | None:
        """A document of the ledger."""

    def rows(self) -> Iterator[Row]:
        """All that the ledger counts."""

    def phrases(self) -> Iterator[tuple[int, bytes]]:
        """What the robot says again and again: each is named by a keyed digest of itself."""

    def audit(self, number: int) -> tuple[Iterable[bytes], bytes | None]:
        """The documents of the record of a number and of all behind it, and the hash of the one of that number."""


class LedgerDefect(StrEnum):
    CLEAR = "clear"
    OLDER = "older"
    """In the form from before the database was closed."""
    ALTERED = "altered"
    """Or moved from another place."""
    STALE = "stale"
    """An older version, or one that the hub has not written."""
    GONE = "gone"
    UNEVEN = "uneven"
    """Rows of this group are older, missing, or surplus: the ledger knows only their sum."""
    LEDGER = "ledger"
    """The ledger itself, or the audit beside it, is older, or missing."""


class Finding(Struct, frozen=True):
    """`name` is what people call it: its kind, and the first of what it says."""

    flaw: LedgerDefect
    place: str
    name: str


class Recount(Struct):
    open: bool = False
    """Whether what lies in clear is still believed: the database is not closed yet."""
    count: int = 0
    flaws: int = 0
    findings: list[Finding] = []
    unbound: int = 0
    """Rows of an open database that lie in clear, or in the older form."""
    generation: int = 0

    def add(self, flaw: LedgerDefect, place: str, name: str) -> None:
        self.flaws += 1
        if len(self.findings) < NAMED:
            self.findings.append(Finding(flaw, place, name))


def recount(vault: Vault, rows: Rows, told: Callable[[int, int], None]) -> Recount:
    """`told` hears how far it is: rows looked at, and all."""
    seen, total = Recount(), rows.total()
    if not vault.closed:
        seen.open, seen.count, seen.unbound = True, total, sum(not vault.bound(row.doc) for row in rows.rows())
        return seen
    root = _root(vault, rows, seen)
    comparison = _Comparison(vault, root, _lists(vault, rows, root, seen), seen)
    for row in rows.rows():
        comparison.add(row)
        if seen.count % TOLD_EACH == 0:
            told(seen.count, total)
    comparison.finish()
    _phrases(vault, rows, seen)
    told(total, total)
    return seen


class _Comparison:
    """Rows against the root and its lists."""

    def __init__(self, vault: Vault, root: Root, lists: dict[str, dict[str, bytes]], seen: Recount) -> None:
        self._vault, self._root, self._lists, self._seen = vault, root, lists, seen
        self._sums: dict[str, int] = defaultdict(int)
        self._found: dict[str, set[str]] = defaultdict(set)
        self._named: set[str] = set()
        """Groups in which a row was named."""

    def add(self, row: Row) -> None:
        flaw = _flaw(self._vault, row)
        tag = b"" if flaw is LedgerDefect.ALTERED else self._vault.tag(row.place, row.doc)
        if row.group in LISTED:
            self._found[row.group].add(row.key)
            # A list that could not be read is named itself.
            if flaw is None and (row.group in self._lists or row.group not in self._root.lists):
                flaw = None if self._lists.get(row.group, {}).get(row.key) == tag else LedgerDefect.STALE
        else:
            self._sums[row.group] += number_of(tag)
        self._seen.count += 1
        if flaw is not None:
            self._named.add(row.group)
            self._seen.add(flaw, row.place, _name(self._vault, row))

    def finish(self) -> None:
        for kind, tags in self._lists.items():
            for key in tags.keys() - self._found[kind]:
                self._seen.add(LedgerDefect.GONE, document_place(kind, key), kind)
        if not self._root.generation:
            return
        for group in (self._sums.keys() | self._root.sums.keys()) - self._named:
            if sum_of(self._sums[group]) != self._root.sums.get(group, sum_of(0)):
                self._seen.add(LedgerDefect.UNEVEN, group, group)


def counted(vault: Vault, rows: Rows, told: Callable[[int, int], None]) -> Touched:
    """What a new ledger has of rows that are all bound to their places; raises SealedError for one that is not."""
    touched, total = Touched(), rows.total()
    for number, row in enumerate(rows.rows()):
        if number % TOLD_EACH == 0:
            told(number, total)
        vault.open(row.doc, row.place)
        if not vault.bound(row.doc):
            message = f"{row.place}: it is not sealed as it must be yet: run okno keys rotate again"
            raise SealedError(message)
        touched.change(row.group, row.key, None, vault.tag(row.place, row.doc))
    for phrase, doc in rows.phrases():
        if not vault.bound(doc):
            message = f"phrases/{phrase}: it is not sealed as it must be yet: run okno keys rotate again"
            raise SealedError(message)
    told(total, total)
    return touched


def _root(vault: Vault, rows: Rows, seen: Recount) -> Root:
    """Without one nothing can be compared but what each row says of itself."""
    root = Root()
    try:
        root = vault.ledger.root(rows.ledger(ROOT))
        check_witness(root, *rows.audit(root.number))
    except SealedError as error:
        seen.add(LedgerDefect.LEDGER, "ledger", str(error))
    seen.generation = root.generation
    return root


def _lists(vault: Vault, rows: Rows, root: Root, seen: Recount) -> dict[str, dict[str, bytes]]:
    lists: dict[str, dict[str, bytes]] = {}
    for kind, tag in root.lists.items():
        try:
            lists[kind] = dict(vault.ledger.opened_list(tag, kind, rows.ledger(kind)))
        except SealedError as error:
            seen.add(LedgerDefect.LEDGER, f"ledger/{kind}", str(error))
    return lists


def _phrases(vault: Vault, rows: Rows, seen: Recount) -> None:
    for phrase, doc in rows.phrases():
        seen.count += 1
        row = Row("phrases", str(phrase), f"phrases/{phrase}", doc)
        flaw = _flaw(vault, row)
        if flaw is None and vault.number(bytearray(vault.open(doc, row.place))) != phrase:
            flaw = LedgerDefect.ALTERED
        if flaw is not None:
            seen.add(flaw, row.place, row.group)


def _flaw(vault: Vault, row: Row) -> LedgerDefect | None:
    if not isinstance(row.doc, bytes):
        return LedgerDefect.ALTERED
    if row.doc[:1] != MARK:
        return LedgerDefect.CLEAR
    if not vault.bound(row.doc):
        return LedgerDefect.OLDER
    try:
        vault.open(row.doc, row.place)
    except SealedError:
        return LedgerDefect.ALTERED
    return None


def _name(vault: Vault, row: Row) -> str:
    if row.group in {HEADS, RECORDS} or not isinstance(row.doc, bytes):
        return row.place
    try:
        told = msgspec.json.decode(row.doc if row.doc[:1] != MARK else vault.open(row.doc, row.place), type=dict[str, object])
    except (SealedError, msgspec.DecodeError):
        return f"{row.group} {row.key}"
    return f"{row.group} {next((value for name, value in told.items() if name != 'type'), row.key)}"
