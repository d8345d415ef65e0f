"""The seals of the audit as files beside the database, each written once and never changed.

- 2026-11-25.json  a seal, its signature (Ed25519 over the bytes of `seal` as they stand there) and the name of the key
- 0a1b….pem        the public key of that name
- signer.key       its private key, wrapped by a key-encryption key; never copied
"""

import os
from datetime import date
from hashlib import sha256
from pathlib import Path

import msgspec
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

from hub.errors import SealedError
from hub.ports import Keys, Wrapped
from hub.seals import Kept, Proof, Seal

SIGNER = "signer.key"


class SealFile(msgspec.Struct, frozen=True, omit_defaults=True):
    seal: msgspec.Raw
    key: str = ""
    signature: bytes = b""


class SealFolder:
    """hub.ports.Seals."""

    def __init__(self, folder: Path, keys: Keys | None, of: str, copies: Path | None = None) -> None:
        """`of` says whose the signing key is; without `keys` seals are not signed. `copies` is a folder that somebody else keeps."""
        self._folder, self._keys, self._of, self._copies = folder, keys, of, copies

    def last(self) -> Seal | None:
        """The newest seal; raises SealedError for one that can not be read."""
        newest = max(self._folder.glob("????-??-??.json"), default=None)
        return None if newest is None else _read(newest)[1]

    def add(self, seal: Seal) -> None:
        """Raises SealedError where it cannot be signed or is there already, OSError where the disk fails."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        content = msgspec.json.encode(seal)
        name, signature = self._signed(content)
        _write(self._folder / f"{seal.day}.json", msgspec.json.encode(SealFile(msgspec.Raw(content), name, signature)))

    def copy(self) -> None:
        """What the other folder lacks of seals and public keys; raises SealedError where it holds something else, or is not there."""
        if self._copies is None:
            return
        if not self._copies.is_dir():
            message = f"audit.copies: there is no folder {self._copies}"
            raise SealedError(message)
        for path in sorted([*self._folder.glob("*.pem"), *self._folder.glob("????-??-??.json")]):
            copy, content = self._copies / path.name, path.read_bytes()
            if not copy.exists():
                _write(copy, content)
            elif copy.read_bytes() != content:
                message = f"{copy} differs from {path}: one of them was changed"
                raise SealedError(message)

    def renew(self) -> bool:
        """Have the private key wrapped by the newest key-encryption key; whether there was anything to do. Raises SealedError, OSError."""
        if self._keys is None or not (self._folder / SIGNER).exists():
            return False
        wrapped = self._wrapped()
        if wrapped.key == self._keys.newest(self._of):
            return False
        _write(self._folder / SIGNER, msgspec.json.encode(self._keys.wrap(self._keys.unwrap(wrapped, self._of), self._of)), again=True)
        return True

    def own(self) -> Ed25519PublicKey | None:
        """The public key of the private one that the keeper of keys vouches for; None without either. Raises SealedError."""
        if self._keys is None or not (self._folder / SIGNER).exists():
            return None
        return self._private(self._keys).public_key()

    def _signed(self, content: bytes) -> tuple[str, bytes]:
        if self._keys is None:
            return "", b""
        if not (self._folder / SIGNER).exists():
            private = Ed25519PrivateKey.generate()
            _write(self._folder / SIGNER, msgspec.json.encode(self._keys.wrap(private.private_bytes_raw(), self._of)))
        private = self._private(self._keys)
        public = private.public_key()
        pem = self._folder / f"{name_of(public)}.pem"
        if not pem.exists():
            _write(pem, public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
        return name_of(public), private.sign(content)

    def _private(self, keys: Keys) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(keys.unwrap(self._wrapped(), self._of))

    def _wrapped(self) -> Wrapped:
        path = self._folder / SIGNER
        try:
            return msgspec.json.decode(path.read_bytes(), type=Wrapped)
        except msgspec.DecodeError as error:
            message = f"{path} is torn"
            raise SealedError(message) from error


def name_of(public: Ed25519PublicKey) -> str:
    """A key's fingerprint."""
    return sha256(public.public_bytes_raw()).hexdigest()[:32]


def load_key(path: Path) -> Ed25519PublicKey:
    """A public key; raises SealedError."""
    try:
        key = load_pem_public_key(path.read_bytes())
    except (OSError, ValueError, UnsupportedAlgorithm) as error:
        message = f"{path}: {error}"
        raise SealedError(message) from error
    if not isinstance(key, Ed25519PublicKey):
        message = f"{path}: no Ed25519 key"
        raise SealedError(message)
    return key


def keys_of(folder: Path) -> list[Ed25519PublicKey]:
    """The public keys that lie there; raises SealedError."""
    return [load_key(path) for path in sorted(folder.glob("*.pem"))]


def seals_of(folder: Path, trusted: list[Ed25519PublicKey], until: date | None = None) -> list[Kept]:
    """All seals up to a day, oldest first, each with what its signature is worth to whoever trusts these keys."""
    by_name = {name_of(key): key for key in trusted}
    found = []
    for path in sorted(folder.glob("????-??-??.json")):
        if until is not None and path.stem > str(until):
            break
        try:
            file, seal = _read(path)
        except SealedError:
            found.append(Kept(path.name, None, Proof.FORGED))
            continue
        found.append(Kept(path.name, seal, _proof(file, by_name)))
    return found


def _proof(file: SealFile, by_name: dict[str, Ed25519PublicKey]) -> Proof:
    if not file.signature:
        return Proof.UNSIGNED
    if file.key not in by_name:
        return Proof.UNKNOWN
    try:
        by_name[file.key].verify(file.signature, bytes(file.seal))
    except InvalidSignature:
        return Proof.FORGED
    return Proof.SIGNED


def _read(path: Path) -> tuple[SealFile, Seal]:
    try:
        file = msgspec.json.decode(path.read_bytes(), type=SealFile)
        return file, msgspec.json.decode(file.seal, type=Seal)
    except (OSError, msgspec.DecodeError) as error:
        message = f"{path}: {error}"
        raise SealedError(message) from error


def _write(path: Path, content: bytes, *, again: bool = False) -> None:
    """The whole of it or nothing; what is there is written over only `again`. Raises SealedError, OSError."""
    draft = path.with_name(f"{path.name}.{os.getpid()}.{os.urandom(4).hex()}.draft")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if again or not path.exists():
            draft.rename(path)
        else:
            message = f"{path} is there already"
            raise SealedError(message)
    finally:
        draft.unlink(missing_ok=True)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
