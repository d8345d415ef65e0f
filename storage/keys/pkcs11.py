"""Key-encryption keys in a PKCS#11 token (an HSM, a smart card, SoftHSM): AES-256-GCM runs inside, no key ever leaves.

All keys share a label; CKA_ID is a key's name, and the greatest is the newest: the time of its creation.
"""

import os
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from threading import Lock
from typing import TypeVar, cast

import msgspec
import pkcs11
from pkcs11 import Attribute, DecryptMixin, EncryptMixin, KeyType, Mechanism, ObjectClass, PKCS11Error, SecretKey, Session
from pkcs11.mechanisms import GCMParams

from hub.kernel.errors import SealedError
from hub.kernel.ports import WrappedKey
from storage.keys.file import private
from storage.keys.ring import NONCE
from storage.stream_encryption import KEY_BYTES

T = TypeVar("T")


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    module: str
    """The token's library, as /usr/lib/softhsm/libsofthsm2.so."""
    token: str
    """Its label."""
    label: str = "okno"
    """Of the keys."""
    pin_file: str = ""
    """A file with the user's PIN; "" takes it from the environment."""
    pin_variable: str = "OKNO_PIN"


class _MissingKeyError(SealedError):
    """Not there, or its token is not."""


class TokenKeys:
    """hub.kernel.ports.Keys.

    One session for all threads; a failure is retried with a new session, so that a token may be removed for a while.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = Lock()
        self._session: Session | None = None

    def newest(self, of: str) -> str:
        del of  # one key for all centres of a hub
        return self._done(lambda session: self._newest(session).id.hex())

    def wrap(self, secret: bytes, of: str) -> WrappedKey:
        nonce = os.urandom(NONCE)

        def wrap(session: Session) -> WrappedKey:
            key = self._newest(session)
            if not isinstance(key, EncryptMixin):
                message = f"{self._where}: the key {key.id.hex()} may not encrypt (CKA_ENCRYPT)"
                raise SealedError(message)
            sealed = cast("bytes", key.encrypt(secret, mechanism=Mechanism.AES_GCM, mechanism_param=_bound(nonce, of)))
            return WrappedKey(key.id.hex(), nonce + sealed)

        return self._done(wrap)

    def unwrap(self, wrapped: WrappedKey, of: str) -> bytes:
        nonce, sealed = wrapped.content[:NONCE], wrapped.content[NONCE:]

        def unwrap(session: Session) -> bytes:
            key = self._keys(session).get(wrapped.key)
            if key is None:
                message = f"{self._where}: the key {wrapped.key} is not there"
                raise _MissingKeyError(message)
            if not isinstance(key, DecryptMixin):
                message = f"{self._where}: the key {wrapped.key} may not decrypt (CKA_DECRYPT)"
                raise SealedError(message)
            return cast("bytes", key.decrypt(sealed, mechanism=Mechanism.AES_GCM, mechanism_param=_bound(nonce, of)))

        return self._done(unwrap, f", or a data key of {of} was altered or is another's")

    def add(self) -> str:
        """Generate a key in the token that wraps from now on, and return its name."""
        name = f"{datetime.now(UTC):%Y%m%d%H%M%S%f}"
        self._done(lambda session: session.generate_key(
            KeyType.AES, KEY_BYTES * 8, id=bytes.fromhex(name), label=self._settings.label, store=True,
            template={Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: False}))
        return name

    def _done(self, work: Callable[[Session], T], doubt: str = "") -> T:
        with self._lock:
            try:
                return work(self._opened())
            except (PKCS11Error, _MissingKeyError):
                self._lose()
            try:
                return work(self._opened())
            except PKCS11Error as error:
                message = f"{self._where}: the token says {type(error).__name__}{f' ({error})' if str(error) else ''}{doubt}"
                raise SealedError(message) from error

    def _opened(self) -> Session:
        if self._session is None:
            library = pkcs11.lib(self._settings.module)
            library.reinitialize()  # what it knows of a token that was away is wrong
            # Read and write: `add` makes a key.
            self._session = library.get_token(token_label=self._settings.token).open(rw=True, user_pin=self._pin())
        return self._session

    def _lose(self) -> None:
        if self._session is not None:
            with suppress(PKCS11Error):  # it may be gone already
                self._session.close()
            self._session = None

    def _newest(self, session: Session) -> SecretKey:
        keys = self._keys(session)
        if not keys:
            message = f"{self._where}: there is no key {self._settings.label!r}; `okno keys new` makes one"
            raise _MissingKeyError(message)
        return keys[max(keys)]

    def _keys(self, session: Session) -> dict[str, SecretKey]:
        found = session.get_objects({Attribute.CLASS: ObjectClass.SECRET_KEY, Attribute.LABEL: self._settings.label})
        return {key.id.hex(): key for key in found if isinstance(key, SecretKey)}

    def _pin(self) -> str:
        if self._settings.pin_file:
            return private(Path(self._settings.pin_file)).strip()
        pin = os.environ.get(self._settings.pin_variable, "")
        if not pin:
            message = f"{self._where}: no PIN in {self._settings.pin_variable}"
            raise SealedError(message)
        return pin

    @property
    def _where(self) -> str:
        return f"token {self._settings.token}"


SETTINGS = Settings


def connect(settings: dict[str, object]) -> TokenKeys:
    """The keeper; raises msgspec.ValidationError that names a bad setting."""
    return _of(msgspec.convert(settings, Settings))


@cache
def _of(settings: Settings) -> TokenKeys:
    """One a token: C_Login is of the whole process (PKCS#11 3.1, 5.6.8), and so is what reinitializing ends."""
    return TokenKeys(settings)


def _bound(nonce: bytes, of: str) -> GCMParams:
    return GCMParams(nonce, of.encode())
