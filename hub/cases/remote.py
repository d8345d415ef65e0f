"""A case between centres on different deployments: where it is, and where it came from (0090). Pure."""

from datetime import datetime

from msgspec import Struct


class DelegatedTo(Struct, frozen=True, omit_defaults=True):
    """The centre on another deployment that has it, or had it when it was answered."""

    handing: str
    """Names this sending at both ends."""
    centre: str
    """Its code."""
    number: str = ""
    """Under which it is registered there; "" until we know."""
    state: str = ""
    """How it stands there, a CaseState; "" until we know."""
    taken: datetime | None = None
    """When we heard that somebody there works on it."""
    heard: int = 0
    """How many of the steps there we know."""


class DelegatedFrom(Struct, frozen=True, omit_defaults=True):
    """The centre on another deployment that has entrusted it to us, and hears what becomes of it."""

    handing: str
    centre: str
    number: str
    """Its own."""
    by: str
    """The name of whoever has sent it."""
    why: str
    name: str = ""
    contact: str = ""
    """The citizen's name, number or mailbox: as much as is known there."""
    files: tuple[str, ...] = ()
    """Names of those that stay there."""
    through: tuple[str, ...] = ()
    """All centres that it has come over."""
    added: int = 0
    """How much of what was added there since is here, too."""


def handing_of(number: str, sending: int) -> str:
    """What names a sending at both ends: the number of the sender's case, and which of its sendings it is, from 1 on."""
    return f"{number}/{sending}"


def number_of(handing: str) -> str:
    """Of the sender's case."""
    return handing.rpartition("/")[0]
