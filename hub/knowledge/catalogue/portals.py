"""Interface of service portals: their register is pulled as a file of the catalogue (KB-04, IN-01). Pure.

A portal's own API is a driver (channels/systems/): ФРГУ, or another register, is another driver of the same port.
"""

from datetime import datetime
from typing import Protocol

from msgspec import Struct

from hub.kernel.document import Document


class Pull(Document, frozen=True, omit_defaults=True, tag="pull"):
    """The last pull of a portal: nothing is pulled again while it reports no change (RFC 9110 §8.8)."""

    key: str
    """The portal's."""
    at: datetime
    checksum: str
    """SHA-256 of the register as it came."""
    etag: str = ""
    modified: str = ""
    """In the portal's own form."""


class Pulled(Struct, frozen=True):
    content: bytes
    etag: str = ""
    modified: str = ""


class Portal(Protocol):
    """An external portal. Raises UnavailableError where it does not answer, and RefusedError("system_refused") where it refuses."""

    form: str
    """File format of its register: ".jsonld"."""

    async def pull(self, last: Pull | None) -> Pulled | None:
        """The whole register; None where it is unchanged since the last pull."""

    async def close(self) -> None: ...
