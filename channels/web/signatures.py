"""Signatures of webhooks by the Standard Webhooks specification 1.0: HMAC-SHA256 over id, time and body. Pure.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence

from hub.kernel.errors import OknoError

TOLERANCE_S = 300
"""Maximum clock difference of both sides, and the replay window of an intercepted request."""
_ID = re.compile(r"[!-~]{1,200}")
_PREFIX, _VERSION = "whsec_", "v1,"
_MOST = 10
_SHORTEST, _LONGEST = 24, 64
"""Bytes of a key by the specification."""


class UnsignedError(OknoError):
    """The signature is missing, wrong or too old."""


def key(secret: str) -> bytes:
    """The key of a secret in the specification's form, «whsec_…» in base 64; raises ValueError."""
    try:
        found = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except binascii.Error as error:
        raise ValueError("not in base 64") from error
    if not _SHORTEST <= len(found) <= _LONGEST:
        message = f"a key has {_SHORTEST} to {_LONGEST} bytes, not {len(found)}"
        raise ValueError(message)
    return found


def signature(secret: bytes, number: str, at: str, body: bytes) -> str:
    digest = hmac.digest(secret, b".".join((number.encode(), at.encode(), body)), hashlib.sha256)
    return _VERSION + base64.b64encode(digest).decode()


def signed(secret: bytes, number: str, at_s: int, body: bytes) -> dict[str, str]:
    """The headers of an outgoing webhook."""
    at = str(at_s)
    return {"webhook-id": number, "webhook-timestamp": at, "webhook-signature": signature(secret, number, at, body)}


def announced(headers: Mapping[str, str], now_s: float) -> tuple[str, str, tuple[bytes, ...]]:
    """Id, time and signatures from the headers, before the body is read; raises UnsignedError for invalid ones."""
    number, at = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not _ID.fullmatch(number):
        raise UnsignedError("webhook-id is missing or malformed")
    if not re.fullmatch(r"[0-9]{1,12}", at, re.ASCII):
        raise UnsignedError("webhook-timestamp is missing or malformed")
    if abs(now_s - int(at)) > TOLERANCE_S:
        raise UnsignedError("webhook-timestamp is too far from our clock")
    # Several signatures during a change of the partner's secret; other versions are ignored.
    signatures = headers.get("webhook-signature", "").split(" ")
    told = tuple(each.encode("utf8", "replace") for each in signatures if each.startswith(_VERSION))
    if not 0 < len(told) <= _MOST:
        raise UnsignedError("webhook-signature has no signature of version v1, or far too many")
    return number, at, told


def verify(secrets: Sequence[bytes], number: str, at: str, told: Sequence[bytes], body: bytes) -> None:
    """Raises UnsignedError unless a signature matches one of the secrets. Constant time."""
    right = False
    for each in secrets:
        ours = signature(each, number, at, body).encode()
        for theirs in told:
            right |= hmac.compare_digest(ours, theirs)
    if not right:
        raise UnsignedError("webhook-signature is of none of our secrets")
