"""Key-encryption keys in an environment variable, separated by spaces, the newest last: for secrets from an orchestrator."""

import os

import msgspec

from storage.keys.ring import Ring


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    variable: str = "OKNO_KEYS"


SETTINGS = Settings


def connect(settings: dict[str, object]) -> Ring:
    """The keeper; raises msgspec.ValidationError that names a bad setting."""
    variable = msgspec.convert(settings, Settings).variable
    return Ring(lambda: os.environ.get(variable, "").split(), variable)
