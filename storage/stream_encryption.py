"""Encryption of a content by AES-256-GCM in pieces: it need not be in memory as a whole, and truncation or reordering is detected.

The construction STREAM (Hoang, Reyhanitabar, Rogaway, Vizár 2015), with the nonces of age (C2SP age.md, "Payload"): eleven bytes
count the pieces, the twelfth is 1 for the last. A key seals one content only.
"""

from collections.abc import Iterable, Iterator
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from hub.kernel.errors import SealedError

FORM = b"okno sealed 1\n"
"""Begins each sealed file; another cipher will have another number."""
PIECE, TAG = 64 << 10, 16
KEY_BYTES = 32


class Readable(Protocol):
    def read(self, size: int = -1, /) -> bytes: ...


def sealed(key: bytes, pieces: Iterable[bytes]) -> Iterator[bytes]:
    """What is to be written, of pieces of any length."""
    cipher = AESGCM(key)
    yield FORM
    last, number = b"", 0
    for piece in _even(pieces):
        if number:
            yield cipher.encrypt(_nonce(number - 1, last=False), last, None)
        last, number = piece, number + 1
    yield cipher.encrypt(_nonce(max(number - 1, 0), last=True), last, None)


def unsealed(key: bytes, file: Readable) -> Iterator[bytes]:
    """The pieces of a sealed file; raises SealedError where it was altered, cut, or sealed by another key."""
    cipher = AESGCM(key)
    if file.read(len(FORM)) != FORM:
        raise SealedError("it is not sealed in a form that is known here")
    number, piece = 0, file.read(PIECE + TAG)
    while True:
        following = file.read(PIECE + TAG)
        try:
            yield cipher.decrypt(_nonce(number, last=not following), piece, None)
        except InvalidTag as error:
            raise SealedError("it was altered, or cut off") from error
        if not following:
            return
        number, piece = number + 1, following


def _even(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Pieces of PIECE bytes, but for the last."""
    rest = bytearray()
    for piece in pieces:
        rest += piece
        whole = len(rest) - len(rest) % PIECE
        for at in range(0, whole, PIECE):
            yield bytes(rest[at:at + PIECE])
        del rest[:whole]
    if rest:
        yield bytes(rest)


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])
