"""The seals of the audit: in a drawer (a folder beside the database, a collection in it), each written once and never changed.

- 2026-11-25.json  a seal, its signature (Ed25519 over the bytes of `seal` as they stand there) and the name of the key
- 0a1b….pem        the public key of that name
- signer.key       its private key, wrapped by a key-encryption key; never copied
"""

from collections.abc import Iterator
from datetime import date
from fnmatch import fnmatch
from hashlib import sha256
from pathlib import Path

import msgspec
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

from hub.audit.day_seal import DaySeal, KeptSeal, SealProof
from hub.kernel.errors import SealedError
from hub.kernel.ports import Keys, WrappedKey
from storage.blob_store import SmallBlobs, dumped, loaded
from storage.folder import FolderBlobs

SIGNER, SEALS, PUBLIC = "signer.key", "????-??-??.json", "*.pem"


class SealFile(msgspec.Struct, frozen=True, omit_defaults=True):
    seal: msgspec.Raw
    key: str = ""
    signature: bytes = b""


class StoredSeals:
    """hub.audit.ports.SealStore."""

    def __init__(self, drawer: SmallBlobs, keys: Keys | None, of: str, copies: Path | None = None) -> None:
        """`of` is the owner of the signing key; without `keys` seals are not signed. `copies` is a folder on another system."""
        self._drawer, self._keys, self._of, self._copies = drawer, keys, of, copies

    def last(self) -> DaySeal | None:
        """The newest seal; raises SealedError for an unreadable one."""
        newest = max(_named(self._drawer, SEALS), default=None)
        return None if newest is None else _read(self._drawer, newest)[1]

    def add(self, seal: DaySeal) -> None:
        """Raises SealedError where it cannot be signed or is there already, OSError where the disk fails."""
        content = msgspec.json.encode(seal)
        name, signature = self._signed(content)
        self._drawer.put(f"{seal.day}.json", msgspec.json.encode(SealFile(msgspec.Raw(content), name, signature)))

    def copy(self) -> None:
        """Copy missing seals and public keys to the other folder; raises SealedError where it has different ones, or does not exist."""
        if self._copies is None:
            return
        if not self._copies.is_dir():
            message = f"audit.copies: there is no folder {self._copies}"
            raise SealedError(message)
        copies = FolderBlobs(self._copies)
        for name in (*_named(self._drawer, PUBLIC), *_named(self._drawer, SEALS)):
            copy, content = copies.get(name), self._drawer.get(name) or b""
            if copy is None:
                copies.put(name, content)
            elif copy != content:
                message = f"{copies.where}/{name} differs from {self._drawer.where}/{name}: one of them was changed"
                raise SealedError(message)

    def renew(self) -> bool:
        """Have the private key wrapped by the newest key-encryption key; whether there was anything to do. Raises SealedError, OSError."""
        if self._keys is None or (wrapped := self._wrapped()) is None or wrapped.key == self._keys.newest(self._of):
            return False
        self._drawer.put(SIGNER, dumped(self._keys.wrap(self._keys.unwrap(wrapped, self._of), self._of)), again=True)
        return True

    def own(self) -> Ed25519PublicKey | None:
        """The public key of the private one that the keeper vouches for; None without either. Raises SealedError."""
        if self._keys is None or (wrapped := self._wrapped()) is None:
            return None
        return self._private(self._keys, wrapped).public_key()

    def _signed(self, content: bytes) -> tuple[str, bytes]:
        if self._keys is None:
            return "", b""
        wrapped = self._wrapped()
        if wrapped is None:
            wrapped = self._keys.wrap(Ed25519PrivateKey.generate().private_bytes_raw(), self._of)
            self._drawer.put(SIGNER, dumped(wrapped))
        private = self._private(self._keys, wrapped)
        public = private.public_key()
        pem = f"{name_of(public)}.pem"
        if self._drawer.get(pem) is None:
            self._drawer.put(pem, public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
        return name_of(public), private.sign(content)

    def _private(self, keys: Keys, wrapped: WrappedKey) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(keys.unwrap(wrapped, self._of))

    def _wrapped(self) -> WrappedKey | None:
        content = self._drawer.get(SIGNER)
        return None if content is None else loaded(content, f"{self._drawer.where}/{SIGNER}")


def name_of(public: Ed25519PublicKey) -> str:
    """A key's fingerprint."""
    return sha256(public.public_bytes_raw()).hexdigest()[:32]


def load_key(path: Path) -> Ed25519PublicKey:
    """A public key; raises SealedError."""
    try:
        return _public(path.read_bytes(), str(path))
    except OSError as error:
        message = f"{path}: {error}"
        raise SealedError(message) from error


def keys_of(drawer: SmallBlobs) -> list[Ed25519PublicKey]:
    """The public keys that lie there; raises SealedError."""
    return [_public(drawer.get(name) or b"", f"{drawer.where}/{name}") for name in _named(drawer, PUBLIC)]


def seals_of(drawer: SmallBlobs, trusted: list[Ed25519PublicKey], until: date | None = None) -> list[KeptSeal]:
    """All seals up to a day, oldest first, each with the validity of its signature by the trusted keys."""
    by_name = {name_of(key): key for key in trusted}
    found = []
    for name in _named(drawer, SEALS):
        if until is not None and name > f"{until}.json":
            break
        try:
            file, seal = _read(drawer, name)
        except SealedError:
            found.append(KeptSeal(name, None, SealProof.FORGED))
            continue
        found.append(KeptSeal(name, seal, _proof(file, by_name)))
    return found


def _public(content: bytes, where: str) -> Ed25519PublicKey:
    try:
        key = load_pem_public_key(content)
    except (ValueError, UnsupportedAlgorithm) as error:
        message = f"{where}: {error}"
        raise SealedError(message) from error
    if not isinstance(key, Ed25519PublicKey):
        message = f"{where}: no Ed25519 key"
        raise SealedError(message)
    return key


def _proof(file: SealFile, by_name: dict[str, Ed25519PublicKey]) -> SealProof:
    if not file.signature:
        return SealProof.UNSIGNED
    if file.key not in by_name:
        return SealProof.UNKNOWN
    try:
        by_name[file.key].verify(file.signature, bytes(file.seal))
    except InvalidSignature:
        return SealProof.FORGED
    return SealProof.SIGNED


def _read(drawer: SmallBlobs, name: str) -> tuple[SealFile, DaySeal]:
    try:
        file = msgspec.json.decode(drawer.get(name) or b"", type=SealFile)
        return file, msgspec.json.decode(file.seal, type=DaySeal)
    except (OSError, msgspec.DecodeError) as error:
        message = f"{drawer.where}/{name}: {error}"
        raise SealedError(message) from error


def _named(drawer: SmallBlobs, pattern: str) -> Iterator[str]:
    return (name for name in drawer.names() if fnmatch(name, pattern))
