"""Who signs for ЕСИА and verifies what it has signed: one file a driver, found by its name in the configuration."""

from typing import Protocol

from okno import drivers
from okno.config import EsiaSettings


class Signer(Protocol):
    """Raises OknoError when it cannot."""

    async def sign(self, data: bytes) -> bytes:
        """For v1 of ЕСИА a detached CMS in DER, for v2 the bare signature, as a certificate has it (RFC 9215)."""

    async def verify(self, data: bytes, signature: bytes) -> bool:
        """Whether ЕСИА has made this bare signature."""


SIGNER = drivers.DriverKind[Signer]("okno.signers", "esia", "signer")


def signer(settings: EsiaSettings) -> Signer:
    """The signer by its driver's name: "command" is command.py. Raises ConfigError."""
    return drivers.load(SIGNER, settings.signer, settings.settings)
