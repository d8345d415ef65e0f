"""A channel's configuration made at the desk: its versions, and its secrets, which are never shown again."""

import json
import secrets
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from hub.kernel.document import Document
from hub.kernel.errors import SealedError
from hub.kernel.ports import Keys, WrappedKey

KEY_BYTES, NONCE_BYTES = 32, 12
WHERE = ("host", "port", "tls", "ca_file", "url", "token_url", "api", "user", "system_id")
"""Fields that say to whom a secret is told."""


class ChannelConfiguration(Document, frozen=True, omit_defaults=True, tag="channel_configuration"):
    """A version of a driver's configuration. `settings` is JSON, in which ids stand for secrets; `key` is driver and version.

    `carries` is true once it has been switched on and keeps messages until they are carried. `change` is what became of it:
    saved, on, off.
    """

    key: str
    driver: str
    version: int
    at: datetime
    by: str
    settings: str
    enabled: bool = False
    carries: bool = False
    change: str = "saved"

    @property
    def values(self) -> dict[str, Any]:
        read: dict[str, Any] = json.loads(self.settings)
        return read


class ChannelSecret(Document, frozen=True, tag="channel_secret"):
    """A secret of a driver. `content` is encrypted by a data key, which `wrapping` wraps by the key-encryption key `wrapped_by`.

    In clear where `wrapped_by` is "". `bound` is a digest of where it is told: for another server it must be typed again.
    """

    id: str
    driver: str
    at: datetime
    by: str
    bound: str
    wrapped_by: str
    wrapping: bytes
    content: bytes


def key_of(driver: str, version: int) -> str:
    return f"{driver}/{version:06}"


def bound_to(around: Mapping[str, Any]) -> str:
    """A digest of the server that a secret among these values is told to."""
    told = {name: around[name] for name in WHERE if name in around}
    return sha256(json.dumps(told, sort_keys=True, default=str).encode()).hexdigest()


def owner(centre: str, id_: str) -> str:
    """The owner of a secret, for hub.kernel.ports.Keys."""
    return f"{centre}/channels/{id_}"


def sealed(keys: Keys | None, centre: str, made: ChannelSecret) -> ChannelSecret:
    """The secret encrypted, from one in clear. Blocking. Raises SealedError."""
    if keys is None:
        return made
    key, nonce = secrets.token_bytes(KEY_BYTES), secrets.token_bytes(NONCE_BYTES)
    wrapped = keys.wrap(key, owner(centre, made.id))
    content = nonce + AESGCM(key).encrypt(nonce, made.content, made.id.encode())
    return ChannelSecret(made.id, made.driver, made.at, made.by, made.bound, wrapped.key, wrapped.content, content)


def opened(keys: Keys | None, centre: str, held: ChannelSecret) -> bytes:
    """Blocking. Raises SealedError."""
    if not held.wrapped_by:
        return held.content
    if keys is None:
        message = "the keys of the centre are not there: a channel's secret cannot be opened"
        raise SealedError(message)
    key = keys.unwrap(WrappedKey(held.wrapped_by, held.wrapping), owner(centre, held.id))
    try:
        return AESGCM(key).decrypt(held.content[:NONCE_BYTES], held.content[NONCE_BYTES:], held.id.encode())
    except InvalidTag as error:
        message = "a channel's secret was altered"
        raise SealedError(message) from error


def rewrapped(keys: Keys, centre: str, held: ChannelSecret) -> ChannelSecret | None:
    """The secret under the newest key; None where it is already. Blocking. Raises SealedError."""
    of = owner(centre, held.id)
    if held.wrapped_by == keys.newest(of):
        return None
    plain = ChannelSecret(held.id, held.driver, held.at, held.by, held.bound, "", b"", opened(keys, centre, held))
    return sealed(keys, centre, plain)
