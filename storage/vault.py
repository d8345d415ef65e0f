"""Encryption of a database's documents: data keys stored in it, wrapped, and digests for lookups of sealed values.

A sealed document is a NUL, a letter for its kind, the number of its data key (2 bytes), a nonce (12 bytes), and AES-256-GCM over the
JSON. The associated data are its first four bytes and its place, so that it cannot be opened in another row, table or conversation.
The number's highest bit marks this: without it a document has the older form, which is bound to its row only.

JSON never begins with a NUL, so that documents from before the first keys stay readable, until the database is closed. From then on
its data keys are wrapped for a closed database, and neither clear text nor the older form is accepted any more.
"""

import os
import re
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from functools import lru_cache
from hashlib import blake2b, sha256
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from hub.conversations.address import Address
from hub.kernel.errors import SealedError
from hub.kernel.ports import Keys, WrappedKey
from storage.ledger import TAG_BYTES, Ledger, Touched
from storage.stream_encryption import KEY_BYTES
from storage.text_analyzer import TextAnalyzer

MARK = b"\0"
NONCE = 12
HEADER = 4
BOUND = 0x8000
"""The bit of a data key's number that says that the document is bound to its place."""
DIGESTS = 0
"""The number of the digest key. It is permanent: a new one would require to rebuild all lookups."""
RENEWED_S = 30 * 86_400.0
"""A start makes another data key after so long: nonces are random, and one key may seal 2^32 documents (NIST SP 800-38D, 8.3)."""
LOOKED_S = 60.0
"""How long a data key may be used after another process has made a newer one."""
DOCUMENT, SAID, THOUGHT = b"d", b"m", b"t"
_REMEMBERED = 50_000
"""Words whose digests are kept."""
IN_CLEAR = "it lies in clear where everything is sealed: somebody else has written it"
OLDER_FORM = "it has the form of before the database was closed: somebody else has put it back"
ALTERED = "it was altered, or brought from elsewhere"
MISLED = "somebody has altered what it is found by"
_QUOTED = re.compile(r'"([^"]*)"')


class KeyRows(Protocol):
    """Where a database has its data keys, wrapped."""

    def all(self) -> list[tuple[int, float, WrappedKey]]:
        """Number, when it was made (seconds), and the key, by their numbers."""

    def add(self, number: int, since: float, wrapped: WrappedKey) -> None:
        """Add a key, unless its number exists, or a key was made after `since`: atomic among concurrent writers."""

    def replace(self, number: int, wrapped: WrappedKey) -> None: ...

    def close(self) -> None: ...


class Vault:
    """Without keys everything passes unchanged. Thread-safe once it is unlocked."""

    def __init__(self, keys: Keys | None = None, of: str = "", clock: Callable[[], float] = time.monotonic) -> None:
        """`of` is the centre that owns the documents."""
        self._keys, self._of, self._clock = keys, f"{of}/store", clock
        self._ciphers: dict[int, AESGCM] = {}
        self._newest, self._made = b"", 0.0
        self._digests = b""
        self._again: Callable[[], KeyRows] | None = None
        self._look_at = 0.0
        self.closed = False
        """Whether all rows must be bound to their place: others are refused."""
        self.ledger = Ledger(self)
        self.word = lru_cache(_REMEMBERED)(self._word)
        """The digest of a word, as an index of words takes it."""

    @property
    def keeps(self) -> bool:
        """Whether somebody keeps keys for it."""
        return self._keys is not None

    @property
    def locked(self) -> bool:
        """Whether what is stored from now on is sealed."""
        return bool(self._newest)

    def unlock(self, rows: KeyRows, again: Callable[[], KeyRows], empty: Callable[[], bool]) -> bool:
        """Read the data keys, and make missing or expired ones; returns whether there are keys for the first time.

        `again` reloads the rows, for data keys of others. An `empty` database is closed from the beginning. Raises SealedError where
        a key is missing.
        """
        self._again = again
        self._load(rows)
        if self._keys is None:
            return False
        first, oldest = not self._digests, time.time() - RENEWED_S
        if first:
            self.closed = empty()
            self._make(rows, DIGESTS, 0.0)
            self._load(rows)
        if self._made < oldest:
            self._make(rows, self._next(rows), oldest)
        self._load(rows)
        self._look_at = self._clock() + LOOKED_S
        return first

    def read(self, rows: KeyRows, again: Callable[[], KeyRows]) -> None:
        """Read the data keys without a change, for readers. Raises SealedError."""
        self._again = again
        self._load(rows)

    def renew(self, rows: KeyRows) -> None:
        """Seal by a new data key from now on."""
        self._make(rows, self._next(rows), float("inf"))
        self._load(rows)

    def close(self, rows: KeyRows) -> None:
        """From now on accept only rows bound to their place. No other process may use the rows.

        The digest key is changed last: an interrupted run continues.
        """
        keys = self._keeper()
        for number, _, wrapped in reversed(rows.all()):
            secret = self._unwrap(keys, number, wrapped)
            rows.replace(number, keys.wrap(secret, self._bound(number)))
        self.closed = True

    def _next(self, rows: KeyRows) -> int:
        return max((number for number, _, _ in rows.all()), default=DIGESTS) + 1

    def _make(self, rows: KeyRows, number: int, since: float) -> None:
        rows.add(number, since, self._keeper().wrap(os.urandom(KEY_BYTES), self._whose(number)))

    def _keeper(self) -> Keys:
        if self._keys is None:
            message = "nobody keeps keys: the configuration names no [keys]"
            raise SealedError(message)
        return self._keys

    def _whose(self, number: int) -> str:
        return self._bound(number) if self.closed else self._of

    def _bound(self, number: int) -> str:
        """Whose a data key of a closed database is: its number's, and that of the database whose key of digests this is."""
        if number == DIGESTS:
            return f"{self._of}/closed"
        return f"{self._of}/closed/{number}/{blake2b(b'okno database', key=self._digests, digest_size=16).hexdigest()}"

    def _load(self, rows: KeyRows) -> None:
        found = rows.all()
        if found and self._keys is None:
            message = f"the database is sealed by the key {found[0][2].key}: the configuration names no [keys]"
            raise SealedError(message)
        if found and found[0][0] != DIGESTS:
            message = "the key of digests is not there: somebody has taken it away; bring back a backup (okno restore)"
            raise SealedError(message)
        for number, made, wrapped in found:
            if number == DIGESTS:
                self._digests = self._digests or self._unwrap(self._keeper(), number, wrapped)
            elif number not in self._ciphers:
                self._ciphers[number] = AESGCM(self._unwrap(self._keeper(), number, wrapped))
                self._newest, self._made = (number | BOUND).to_bytes(2, "big"), made

    def _unwrap(self, keys: Keys, number: int, wrapped: WrappedKey) -> bytes:
        """The key of digests tells whether the database is closed: by what it was wrapped for, which nobody without keys can change."""
        try:
            secret = keys.unwrap(wrapped, self._bound(number))
        except SealedError:
            if self.closed:
                raise
            return keys.unwrap(wrapped, self._of)
        self.closed = self.closed or number == DIGESTS
        return secret

    def _look(self) -> None:
        """Whether another process has made a data key."""
        self._look_at = self._clock() + LOOKED_S
        if self._again is not None:
            with closing(self._again()) as rows:
                self._load(rows)

    def rewrap(self, rows: KeyRows) -> int:
        """Have all data keys wrapped by the newest key-encryption key; how many were not."""
        if self._keys is None:
            return 0
        newest = self._keys.newest(self._of)
        older = [(number, wrapped) for number, _, wrapped in rows.all() if wrapped.key != newest]
        for number, wrapped in older:
            rows.replace(number, self._keys.wrap(self._unwrap(self._keys, number, wrapped), self._whose(number)))
        return len(older)

    def seal(self, document: bytearray, place: str, kind: bytes = DOCUMENT) -> bytearray:
        """`place` is where it stands, as "journal/16/17"."""
        if not self._newest:
            return document
        if self._clock() > self._look_at:
            self._look()
        nonce, header = os.urandom(NONCE), MARK + kind + self._newest
        cipher = self._ciphers[int.from_bytes(self._newest, "big") ^ BOUND]
        return bytearray(b"".join((header, nonce, cipher.encrypt(nonce, document, header + place.encode()))))

    def open(self, document: bytes, place: str, former: str = "") -> bytes:
        """`former` is what the older form was bound to, where that was another place.

        Raises SealedError where it was altered, or brought from elsewhere, or is not bound to its place in a closed database.
        """
        if self.closed and not isinstance(document, bytes | bytearray):  # a database lets any type lie in a column
            message = f"{place}: {ALTERED}"
            raise SealedError(message)
        if document[:1] != MARK:
            if self.closed:
                message = f"{place}: {IN_CLEAR}"
                raise SealedError(message)
            return document
        number = int.from_bytes(document[2:HEADER], "big")
        if not number & BOUND and self.closed:
            message = f"{place}: {OLDER_FORM}"
            raise SealedError(message)
        bound_to = document[:HEADER] + place.encode() if number & BOUND else (former or place).encode()
        try:
            return self._cipher(number & ~BOUND).decrypt(document[HEADER:HEADER + NONCE], document[HEADER + NONCE:], bound_to)
        except (InvalidTag, ValueError) as error:
            message = f"{place}: {ALTERED}"
            raise SealedError(message) from error

    def _cipher(self, number: int) -> AESGCM:
        if number not in self._ciphers:
            self._look()
        if number not in self._ciphers:
            message = f"the data key {number} is not there"
            raise SealedError(message)
        return self._ciphers[number]

    def bound(self, document: bytes) -> bool:
        """Whether it has the form that is bound to its place."""
        return document[:1] == MARK and bool(int.from_bytes(document[2:HEADER], "big") & BOUND)

    def sealed_by_newest(self, document: bytes) -> bool:
        return document[:1] == MARK and document[2:HEADER] == self._newest

    def tag(self, place: str, document: bytes | bytearray) -> bytes:
        """The ledger's tag of a row: without keys it can neither be computed nor matched by another row. Raises SealedError."""
        if not isinstance(document, bytes | bytearray):
            message = f"{place}: {ALTERED}"
            raise SealedError(message)
        return blake2b(place.encode() + b"\0" + document, key=self._digests, digest_size=TAG_BYTES, person=b"okno ledger").digest()

    def digest(self, text: str) -> str:
        """What a text is looked up by: itself, where nothing is sealed."""
        return blake2b(text.encode(), key=self._digests, digest_size=16).hexdigest() if self._digests else text

    def number(self, document: bytearray) -> int:
        """63 bits that nobody else can tell from what is said."""
        digest = blake2b(document, key=self._digests, digest_size=8) if self._digests else sha256(document)
        return int.from_bytes(digest.digest()[:8], "big") >> 1

    def address(self, address: Address) -> str:
        """As `str(address)`: what follows the "#" is a thread of what stands before it."""
        if not self._digests:
            return str(address)
        whole = self.digest(f"{address.channel}:{address.value}")
        return f"{whole}#{self.digest(address.thread)}" if address.thread else whole

    def _word(self, word: str) -> str:
        return blake2b(word.encode(), key=self._digests, digest_size=8).hexdigest()


class DigestedAnalyzer:
    """TextAnalyzer whose index has digests: a reader of it learns which words occur together, but not the words."""

    def __init__(self, words: TextAnalyzer, vault: Vault) -> None:
        self._words, self._vault = words, vault

    @property
    def edition(self) -> str:
        return self._words.edition

    def indexed(self, text: str) -> str:
        return " ".join(map(self._vault.word, self._words.indexed(text).split()))

    def words(self, text: str) -> list[str]:
        return self._words.words(text)

    def forms(self, word: str) -> tuple[str, ...]:
        return tuple(map(self._vault.word, self._words.forms(word)))

    def query(self, text: str) -> str:
        return _QUOTED.sub(lambda found: f'"{self._vault.word(found[1])}"', self._words.query(text))


def searched(words: TextAnalyzer, vault: Vault) -> TextAnalyzer:
    """As a store of this vault has them, once it is unlocked."""
    return DigestedAnalyzer(words, vault) if vault.locked else words


class Database(sqlite3.Connection):
    """A connection that opens what was sealed."""

    vault: Vault
    touched: Touched | None = None
    """What the transaction that it is in has changed, where a ledger is kept."""
    schema = -1
    """The version of the schema whose triggers were looked at."""


class SqliteKeys:
    """KeyRows in a table of the file. Closing them closes the connection."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def all(self) -> list[tuple[int, float, WrappedKey]]:
        rows = self._db.execute("SELECT id, made, key, content FROM keys ORDER BY id").fetchall()
        return [(number, made, WrappedKey(key, content)) for number, made, key, content in rows]

    def add(self, number: int, since: float, wrapped: WrappedKey) -> None:
        self._db.execute(
            "INSERT INTO keys (id, made, key, content) SELECT ?1, ?2, ?3, ?4 "
            "WHERE NOT EXISTS (SELECT 1 FROM keys WHERE id = ?1 OR (?1 > 0 AND id > 0 AND made >= ?5))",
            (number, time.time(), wrapped.key, wrapped.content, since))

    def replace(self, number: int, wrapped: WrappedKey) -> None:
        self._db.execute("UPDATE keys SET key = ?, content = ? WHERE id = ?", (wrapped.key, wrapped.content, number))

    def close(self) -> None:
        self._db.close()
