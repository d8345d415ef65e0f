"""Key-encryption keys readable by this process: AES-256-GCM, each named by its own digest, so that a wrong key is a missing one."""

import binascii
import os
from base64 import b64decode, b64encode
from collections.abc import Callable
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from hub.kernel.errors import SealedError
from hub.kernel.ports import WrappedKey
from storage.stream_encryption import KEY_BYTES

NONCE = 12
"""Random: one key may wrap 2^32 others (NIST SP 800-38D, 8.3)."""


class Ring:
    """hub.kernel.ports.Keys.

    `read` returns the keys in base64, the newest last; it is called each time, so a new one takes effect at once.
    """

    def __init__(self, read: Callable[[], list[str]], where: str) -> None:
        self._read, self._where = read, where

    def newest(self, of: str) -> str:
        del of  # one key for all centres of a hub
        return list(self._keys())[-1]

    def wrap(self, secret: bytes, of: str) -> WrappedKey:
        name, key = list(self._keys().items())[-1]
        nonce = os.urandom(NONCE)
        return WrappedKey(name, nonce + AESGCM(key).encrypt(nonce, secret, of.encode()))

    def unwrap(self, wrapped: WrappedKey, of: str) -> bytes:
        key = self._keys().get(wrapped.key)
        if key is None:
            message = f"{self._where}: the key {wrapped.key} is not there"
            raise SealedError(message)
        try:
            return AESGCM(key).decrypt(wrapped.content[:NONCE], wrapped.content[NONCE:], of.encode())
        except (InvalidTag, ValueError) as error:  # another's, or cut short
            message = f"a data key of {of} was altered, or is another's"
            raise SealedError(message) from error

    def _keys(self) -> dict[str, bytes]:
        keys = [self._key(line) for line in self._read()]
        if not keys:
            message = f"{self._where}: there is no key; `okno keys new` makes one"
            raise SealedError(message)
        return {name_of(key): key for key in keys}

    def _key(self, line: str) -> bytes:
        try:
            key = b64decode(line, validate=True)
        except binascii.Error:
            key = b""
        if len(key) != KEY_BYTES:
            message = f"{self._where}: a key is {KEY_BYTES} bytes in base64; `okno keys new` makes one"
            raise SealedError(message)
        return key


def name_of(key: bytes) -> str:
    return sha256(b"okno key-encryption key\n" + key).hexdigest()[:16]


def new_key() -> tuple[str, str]:
    """A key in base64, and its name."""
    key = os.urandom(KEY_BYTES)
    return b64encode(key).decode(), name_of(key)
