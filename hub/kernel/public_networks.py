"""Addresses of the public network: telephony must not depend on private ones (LV-09), and untrusted input must not name them (SE-02).

Pure.
"""

import re
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

Network = IPv4Network | IPv6Network

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_NAME = re.compile(rf"(?:{_LABEL}\.)+(?:[a-z]{{2,63}}|xn--{_LABEL})")
"""RFC 1123 2.1. The last label has no digits, or it would be read as an address (RFC 3696 2): 127.1."""
_RESERVED = frozenset({
    "test", "example", "invalid", "localhost", "onion",  # RFC 6761, RFC 7686
    "local", "intranet", "internal", "private", "corp", "home", "lan",  # RFC 6762 and its appendix G
    "arpa",  # RFC 8375: home.arpa
})
_LAST_PORT = 65_535
_GLOBAL_UNICAST = IPv6Network("2000::/3")
_ASSIGNMENTS = IPv4Network("192.0.0.0/24")
"""RFC 6890 2.2.2; older versions of Python consider a part of it global."""


def fault(address: str) -> str:
    """The fault of `host:port` or `[IPv6]:port` as an address in the public network; "" for none.

    Names are not resolved.
    """
    host, _, port = address.rpartition(":")
    if not (port.isascii() and port.isdigit() and 0 < int(port) <= _LAST_PORT):
        return f"{address!r} is not host:port"
    bracketed = host.startswith("[") and host.endswith("]")
    try:
        found = ip_address(host[1:-1] if bracketed else host)
    except ValueError:
        return "" if _is_public_name(host) else f"{host!r} is no name that everybody can resolve"
    if bracketed != isinstance(found, IPv6Address):  # RFC 3986 3.2.2
        return f"{address!r} is not host:port"
    if not is_public(found):
        return f"{found} is not of the public network: private (RFC 1918, 4193, 6598), loopback, link-local or reserved"
    return ""


def is_public(found: IPv4Address | IPv6Address) -> bool:
    """Whether an address is public. IPv6 addresses that represent an IPv4 one are not: it could be any."""
    if isinstance(found, IPv4Address):
        return found.is_global and not found.is_multicast and found not in _ASSIGNMENTS
    # 6to4 (RFC 7526) may hide a private address.
    return found.is_global and found in _GLOBAL_UNICAST and not found.sixtofour and not found.scope_id


def _is_public_name(host: str) -> bool:
    try:
        name = host.encode("idna").decode().lower()
    except UnicodeError:
        return False
    return _NAME.fullmatch(name) is not None and name.rpartition(".")[2] not in _RESERVED
