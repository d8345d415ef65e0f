"""Second factors of operators and the policy that requires them: TOTP codes, passkeys (SE-01). No input or output. Pure."""

import base64
import secrets
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from hmac import compare_digest

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from msgspec import Struct

from hub.access.operator import Operator, Role
from hub.access.permissions import PERMISSION_MATRIX, rights_of
from hub.kernel.document import Document

STEP_S, DIGITS = 30, 6
"""RFC 6238 §5.2, and what every authenticator supports. Its SHA-1 is keyed (RFC 6238 §1.2)."""
SECRET_BYTES = 20
"""RFC 4226 §4, R6."""
DRIFT = 1
"""Steps that a phone's clock may differ (RFC 6238 §5.2)."""
RECOVERY_CODES, RECOVERY_BYTES = 10, 15
"""120 random bits each: at least 112, so that a fast hash suffices (ASVS 5.0 6.5.2)."""


class SecondFactorDemand(StrEnum):
    OFF = "off"
    OFFERED = "offered"
    REQUIRED = "required"


class SecondFactorPolicy(Struct, frozen=True):
    """Whether second factors are used, and who must have one."""

    demand: SecondFactorDemand = SecondFactorDemand.OFF
    required_for: tuple[Role, ...] = ()

    def requires(self, who: Operator) -> bool:
        """A centre's own role needs it, too, where it grants what only those roles may do."""
        if self.demand is not SecondFactorDemand.OFFERED:
            return self.demand is SecondFactorDemand.REQUIRED
        only_theirs = who.own_role is not None and any(PERMISSION_MATRIX[each].roles.issubset(self.required_for) for each in rights_of(who))
        return who.role in self.required_for or only_theirs


class SecondFactors(Document, frozen=True, tag="factors"):
    """An operator's second factor; `step` is the newest used one, `recovery` are the SHA-256 of the unused recovery codes."""

    login: str
    since: datetime
    step: int = 0
    recovery: tuple[str, ...] = ()


class CodeSecret(Document, frozen=True, tag="code_secret"):
    """The secret of an authenticator, wrapped by the key-encryption key `key`; in clear where `key` is ""."""

    login: str
    key: str
    content: bytes


class Passkey(Document, frozen=True, tag="passkey"):
    """`id` is the credential id in base64url, `key` its public key in COSE, `count` its signature counter."""

    id: str
    login: str
    key: bytes
    count: int
    name: str
    at: datetime


def code_at(secret: bytes, step: int) -> str:
    return TOTP(secret, DIGITS, SHA1(), STEP_S).generate(step * STEP_S).decode()  # noqa: S303 - what RFC 6238 has


def step_of(secret: bytes, code: str, now: datetime, after: int) -> int | None:
    """The step of a code, if it is within the drift and later than the last used one (RFC 6238 §5.2: a code is valid once)."""
    here = int(now.timestamp()) // STEP_S
    near = [step for step in range(here - DRIFT, here + DRIFT + 1) if step > after]
    return next((step for step in near if compare_digest(code_at(secret, step).encode(), code.encode())), None)


def told(secret: bytes) -> str:
    """A secret as people type it."""
    return base64.b32encode(secret).decode()


def address_of(secret: bytes, login: str, centre: str) -> str:
    """The otpauth:// address that authenticators read as a QR code."""
    return TOTP(secret, DIGITS, SHA1(), STEP_S).get_provisioning_uri(login, centre)  # noqa: S303 - as above


def recovery_codes() -> list[str]:
    """New recovery codes, as people write them down."""
    plain = [base64.b32encode(secrets.token_bytes(RECOVERY_BYTES)).decode().lower() for _ in range(RECOVERY_CODES)]
    return ["-".join(code[at:at + 4] for at in range(0, len(code), 4)) for code in plain]


def stored(code: str) -> str:
    """The digest of a recovery code in any spelling. The codes are random enough for a fast hash."""
    return sha256("".join(filter(str.isalnum, code.lower())).encode()).hexdigest()
