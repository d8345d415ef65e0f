"""Portals of services, as the hub sees them: their register is pulled as a file of the catalogue (KB-04, IN-01). Pure.

A portal's own API is a driver (channels/systems/): ФРГУ, or another register, is another driver of the same port.
"""

from datetime import datetime
from typing import Protocol

from msgspec import Struct

from hub.kernel.document import Document


class Pull(Document, frozen=True, omit_defaults=True, tag="pull"):
    """What was taken of a portal last: nothing is taken again while it says that it has not changed (RFC 9110 §8.8)."""

    key: str
    """The portal's."""
    at: datetime
    checksum: str
    """SHA-256 of the register as it came."""
    etag: str = ""
    modified: str = ""
    """As the portal has said it, in its own form."""


class Pulled(Struct, frozen=True):
    content: bytes
    etag: str = ""
    modified: str = ""


class Portal(Protocol):
    """A portal outside. Raises UnavailableError where it does not answer, and RefusedError("system_refused") where it says no."""

    form: str
    """What kind of file its register is: ".jsonld"."""

    async def pull(self, last: Pull | None) -> Pulled | None:
        """The whole register; None where it is what it was at the last pull."""

    async def close(self) -> None: ...
