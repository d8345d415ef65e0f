"""What the hub that leads has besides: its lease, and the address where the other hubs reach it."""

import ssl

from msgspec import Struct

from hub.leases import Lease
from okno.config import ConfigError, HubsSettings


class Leading(Struct, frozen=True):
    """`key` is what it shows whoever comes there; None for plain HTTP."""

    lease: Lease
    host: str
    port: int
    key: ssl.SSLContext | None = None

    @property
    def number(self) -> str:
        """What the other hubs must show."""
        return self.lease.owner


def keys_between(hubs: HubsSettings) -> tuple[ssl.SSLContext | None, ssl.SSLContext | None]:
    """What a hub shows whoever comes from another, and whomever it comes to: each wants the other's (mutual TLS). Raises ConfigError."""
    if not hubs.certificate:
        return None, None
    contexts = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        for context in contexts:
            context.minimum_version = ssl.TLSVersion.TLSv1_3
            context.check_hostname = False  # the authority is the hubs' own, and their addresses come and go
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(hubs.authority)
            context.load_cert_chain(hubs.certificate, hubs.key or None)
    except OSError as error:  # ssl.SSLError is one
        message = f"hubs: certificate, key or authority cannot be used: {error.strerror or error}"
        raise ConfigError(message) from error
    return contexts
