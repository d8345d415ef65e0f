"""The ledger of a closed database: sealed digests of all its rows, changed in the same transaction as the rows.

- documents/ledger/root    a generation that only increases, the sum of the tags of each group of rows, the tags of the lists below,
                           and the end of the audit
- documents/ledger/<kind>  for kinds that grant access: the tag of each document, by its key

A tag is a keyed digest of a row and its place. A sum of tags modulo 2^128 is a multiset hash (MSet-Add-Hash, Clarke et al. 2003): a
row that was restored, removed or added changes it. Records of the audit name the generation, so that an older root is detected at
the next one.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Protocol

import msgspec
from msgspec import Struct

from hub.kernel.errors import SealedError

KIND, ROOT = "ledger", "root"
TAG_BYTES = 16
MODULUS = 1 << 8 * TAG_BYTES
HEADS, RECORDS = "conversations", "journal"
"""Groups of rows; each kind of documents is a group, too."""
LISTED = frozenset({
    "operator", "sign_in", "factors", "code_secret", "passkey", "service_key", "envelope",
    "setup", "topic_tree", "robot_version", "robot_spoken", "script", "subscription", "block", "import",
    "consent_text", "read_back", "questionnaire", "scorecard", "review_plan", "mailing", "announcement"})
"""Kinds used for sign-in and authorisation, or that control the hub. Each is small, and seldom changes."""
NOT_THERE = "the ledger is not there: somebody has taken it away"
TAKEN_BACK = "the ledger is older than what is known of it: somebody has put it back"
STALE = "it is not the newest: somebody has put it back, or has written it"
GONE = "it is not there: somebody has taken it away"


class Root(Struct, frozen=True, array_like=True):
    """`number` and `hash` are the audit's end when it was written."""

    generation: int = 0
    sums: dict[str, bytes] = {}
    lists: dict[str, bytes] = {}
    number: int = 0
    hash: bytes = b""


List = Mapping[str, bytes]
"""Tags by keys."""
_root = msgspec.msgpack.Decoder(Root)
_list = msgspec.msgpack.Decoder(dict[str, bytes])
_encoder = msgspec.msgpack.Encoder()


class Sealing(Protocol):
    """Functions of a vault that the ledger needs."""

    def seal(self, document: bytearray, place: str) -> bytearray: ...

    def open(self, document: bytes, place: str) -> bytes: ...

    def tag(self, place: str, document: bytes | bytearray) -> bytes: ...


def document_place(kind: str, key: str) -> str:
    return f"documents/{kind}/{key}"


def head_place(number: int) -> str:
    return f"{HEADS}/{number}"


def record_place(conversation: int, number: int, phrase: int | None = None) -> str:
    """Beside a phrase a row has only the time."""
    return f"{RECORDS}/{conversation}/{number}/{phrase}" if phrase else f"{RECORDS}/{conversation}/{number}"


def number_of(tag: bytes) -> int:
    return int.from_bytes(tag, "big")


def sum_of(number: int) -> bytes:
    return (number % MODULUS).to_bytes(TAG_BYTES, "big")


class Touched:
    """Changes of one transaction: sums by group, and lists by kind and key (None is dropped)."""

    def __init__(self) -> None:
        self.sums: dict[str, int] = defaultdict(int)
        self.lists: dict[str, dict[str, bytes | None]] = defaultdict(dict)
        self.before: dict[tuple[str, str], bytes | None] = {}
        """For a store that evaluates at the end: former rows, by group and key."""

    def __bool__(self) -> bool:
        return bool(self.sums or self.lists)

    def change(self, group: str, key: str, before: bytes | None, after: bytes | None) -> None:
        """Tags of a row; None where it is not there."""
        if before == after:
            return
        if group in LISTED:
            self.lists[group][key] = after
        else:
            self.sums[group] += (number_of(after) if after else 0) - (number_of(before) if before else 0)


class Ledger:
    """State of the ledger in a process. Thread-safe."""

    def __init__(self, vault: Sealing) -> None:
        self._vault = vault
        self._known: tuple[bytes, Root] = b"", Root()
        self._lists: dict[str, tuple[bytes, List]] = {}
        self.floor = 0
        """The highest generation seen as stored: an older one is refused."""

    def root(self, document: bytes | None, floor: int = 0) -> Root:
        """Raises SealedError where it is missing, or older than a generation."""
        if document is None:
            raise SealedError(NOT_THERE)
        known, root = self._known
        if known != document:
            root = _root.decode(self._vault.open(document, document_place(KIND, ROOT)))
            if root.generation >= self.floor:
                self._known = document, root
        if root.generation < floor:
            raise SealedError(TAKEN_BACK)
        self.floor = max(self.floor, root.generation)
        return root

    def knows(self, root: Root, kind: str) -> bool:
        """Whether a list need not be read for it."""
        return kind not in root.lists or self._lists.get(kind, (b"",))[0] == root.lists[kind]

    def list(self, root: Root, kind: str, stored: Callable[[], bytes | None]) -> List:
        """The list of a kind, as named in the root; `stored` is called where it is not cached. Raises SealedError."""
        tag = root.lists.get(kind)
        if tag is None:
            return {}
        known = self._lists.get(kind)
        if known is None or known[0] != tag:
            known = tag, self.opened_list(tag, kind, stored())
            self._lists[kind] = known
        return known[1]

    def opened_list(self, tag: bytes, kind: str, document: bytes | None) -> List:
        place = document_place(KIND, kind)
        if document is None or self._vault.tag(place, document) != tag:
            message = f"{place}: {GONE if document is None else STALE}"
            raise SealedError(message)
        return _list.decode(self._vault.open(document, place))

    def believe(self, kind: str, rows: Iterable[tuple[str, bytes]], tags: List, asked: Iterable[str] = ()) -> None:
        """Check that rows match the list, and that the keys `asked` exist. Raises SealedError."""
        found = set[str]()
        for key, document in rows:
            found.add(key)
            place = document_place(kind, key)
            if tags.get(key) != self._vault.tag(place, document):
                self._vault.open(document, place)  # what cannot be opened says so
                message = f"{place}: {STALE}"
                raise SealedError(message)
        for key in asked:
            if key in tags and key not in found:
                message = f"{document_place(kind, key)}: {GONE}"
                raise SealedError(message)

    def following(self, root: Root, touched: Touched, lists: Callable[[str], List]) -> tuple[Root, dict[str, bytearray]]:
        """The next root, without the audit's end, and the changed lists, as rows."""
        sums, names = dict(root.sums), dict(root.lists)
        for group, change in touched.sums.items():
            sums[group] = sum_of(number_of(sums.get(group, b"")) + change)
        written: dict[str, bytearray] = {}
        for kind, changes in touched.lists.items():
            tags = {key: tag for key, tag in {**lists(kind), **changes}.items() if tag is not None}
            written[kind] = self._vault.seal(bytearray(_encoder.encode(tags)), document_place(KIND, kind))
            names[kind] = self._vault.tag(document_place(KIND, kind), written[kind])
        return Root(root.generation + 1, sums, names), written

    def sealed(self, root: Root, audit: tuple[int, bytes]) -> bytearray:
        """As its row has it, with the audit's end."""
        number, hashed = audit
        full = Root(root.generation, root.sums, root.lists, number, hashed)
        return self._vault.seal(bytearray(_encoder.encode(full)), document_place(KIND, ROOT))


class _Witness(Struct):
    ledger: int = 0


_witness = msgspec.json.Decoder(_Witness)


def _generation(audit_entry: bytes) -> int:
    try:
        return _witness.decode(audit_entry).ledger
    except (msgspec.DecodeError, TypeError):
        return 0  # somebody has made it unreadable: its chain tells


def witnessed(audit_entry: bytearray, generation: int) -> bytearray:
    """A record of the audit that names a generation."""
    return audit_entry[:-1] + b',"ledger":%d}' % generation if generation else audit_entry


def check_witness(root: Root, behind: Iterable[bytes], hashed: bytes | None) -> None:
    """Check that the root is no older than the audit's records say, and that the audit contains the end known to the root.

    `behind` are the record of the root's number and all that follow: others may add one without a generation, but not remove those
    with one. `hashed` is the hash of the first of them. Raises SealedError.
    """
    seen = max(map(_generation, behind), default=0)
    if root.generation < seen:
        message = f"{TAKEN_BACK} (generation {root.generation}, and the audit knows of {seen})"
        raise SealedError(message)
    if root.number and hashed != root.hash:
        message = f"the audit is not that of the ledger: its record № {root.number} is another, or is not there"
        raise SealedError(message)
