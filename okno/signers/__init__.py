"""Who signs for ЕСИА and verifies what it has signed: one file a driver, found by its name in the configuration."""

from importlib import import_module
from typing import Protocol

import msgspec

from okno.config import ConfigError, EsiaSettings


class Signer(Protocol):
    """Raises OknoError when it cannot."""

    async def sign(self, data: bytes) -> bytes:
        """For v1 of ЕСИА a detached CMS in DER, for v2 the bare signature, as a certificate has it (RFC 9215)."""

    async def verify(self, data: bytes, signature: bytes) -> bool:
        """Whether ЕСИА has made this bare signature."""


def signer(settings: EsiaSettings) -> Signer:
    """Who signs, by his name: "command" is command.py. Raises ConfigError."""
    try:
        made: Signer = import_module(f"okno.signers.{settings.signer}").connect(settings.settings)
    except ModuleNotFoundError as error:
        message = f"esia: there is no signer {settings.signer!r}"
        raise ConfigError(message) from error
    except msgspec.ValidationError as error:
        message = f"esia: {settings.signer}: {error}"
        raise ConfigError(message) from error
    return made
