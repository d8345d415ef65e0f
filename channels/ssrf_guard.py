"""HTTP to addresses named by others: external hosts only (SSRF, SE-02).

The address is checked when the socket is created: after name resolution, for each address of the name and for each redirect. The checked
address is the connected address, so a name that resolves differently a moment later (DNS rebinding) gains nothing.
"""

import socket
import ssl
from collections.abc import Sequence
from functools import partial
from ipaddress import IPv4Address, ip_address, ip_network

import aiohttp
import msgspec
from aiohttp.abc import AbstractResolver

from hub.kernel.public_networks import Network, is_public

WEB = frozenset({80, 443})
"""Other ports do not serve files."""
PLATFORM = frozenset({IPv4Address("168.63.129.16")})
"""A public address that is an internal service of a cloud (Azure) on its machines."""


class InternalAddressError(OSError):
    """The address is internal, or on a port other than the web's."""


def connector(inside: Sequence[Network] = (), *, public: bool = True, trusted: ssl.SSLContext | bool = True,
              resolver: AbstractResolver | None = None) -> aiohttp.TCPConnector:
    """For sessions with addresses from outside. `inside` are networks permitted by the administrator, on any port.

    Without `public` only those networks are permitted.
    """
    ports = WEB if public else frozenset()
    return aiohttp.TCPConnector(ssl=trusted, resolver=resolver, socket_factory=partial(_opened, tuple(inside), ports))


def networks(told: Sequence[str]) -> tuple[Network, ...]:
    """Networks permitted by the administrator, from a setting; raises msgspec.ValidationError."""
    try:
        return tuple(ip_network(each) for each in told)
    except ValueError as error:
        raise msgspec.ValidationError(str(error)) from error


def is_inside(error: BaseException) -> bool:
    """Whether a request failed because its address is forbidden."""
    return isinstance(error, aiohttp.ClientConnectorError) and isinstance(error.os_error, InternalAddressError)


def _opened(inside: Sequence[Network], ports: frozenset[int], found: aiohttp.AddrInfoType) -> socket.socket:
    """A socket for a permitted internal address, or a public one on one of these ports; raises InternalAddressError."""
    family, kind, protocol, _, (host, port, *_) = found
    address = ip_address(host)
    permitted = any(address in network for network in inside)
    if not (permitted or (port in ports and is_public(address) and address not in PLATFORM)):
        # The same text for each address of a host, so that they stay one error.
        raise InternalAddressError("the address is not of the public web")
    return socket.socket(family, kind, protocol)
