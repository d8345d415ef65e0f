"""The reference driver of a portal: one address returns the whole register as linked data (CPSV-AP 3.2), with change detection."""

import msgspec

from channels.systems.http_client import SystemClient, SystemClientSettings
from hub.knowledge.catalogue.portals import Portal, Pull, Pulled

REGISTER = "/services.jsonld"


class LinkedPortal:
    """hub.knowledge.catalogue.portals.Portal."""

    form = ".jsonld"

    def __init__(self, caller: SystemClient) -> None:
        self._caller = caller

    async def pull(self, last: Pull | None) -> Pulled | None:
        # RFC 9110 §13.1.3: the date is ignored if there is an ETag.
        known = {"If-None-Match": last.etag} if last and last.etag else {"If-Modified-Since": last.modified if last else ""}
        asked = {name: value for name, value in known.items() if value}
        found = await self._caller.fetch(REGISTER, {"Accept": "application/ld+json", **asked})
        return None if found is None else Pulled(found.content, found.headers.get("ETag", ""), found.headers.get("Last-Modified", ""))

    async def close(self) -> None:
        await self._caller.close()


SETTINGS = SystemClientSettings


def connect(settings: dict[str, object], limit_s: float) -> Portal:
    """The driver; raises msgspec.ValidationError that names a bad setting."""
    return LinkedPortal(SystemClient(msgspec.convert(settings, SystemClientSettings), limit_s))
