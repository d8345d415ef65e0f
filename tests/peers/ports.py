"""Ports that are free now, and certificates, for peers that must be told them beforehand."""

import socket
import subprocess
import time
from collections.abc import Iterator
from itertools import cycle, islice
from os import getpid
from pathlib import Path

from tests.channels.line import PATIENCE_S

# Below those that the kernel gives to whoever connects (32768-60999): one of these may become the near end of anybody's connection
# between the moment it is found free and the moment its peer listens, and every time that peer is away.
# Above those of Asterisk's voices (10000-20000).
FIRST, LAST = 20_000, 32_000
STEP = 4
"""SIPp takes the second port after one for media too."""


def _walk() -> Iterator[int]:
    """Processes that test at the same time begin far from each other; no port comes twice before all have come."""
    start = getpid() * 388 % (LAST - FIRST)
    return cycle([*range(FIRST + start, LAST, STEP), *range(FIRST, FIRST + start, STEP)])


_ports = _walk()


def free_ports(count: int) -> list[int]:
    """Ports at which nobody listens, over TCP or UDP, at any address of this machine."""
    return list(islice((port for port in _ports if _is_free(port)), count))


def _is_free(port: int) -> bool:
    try:
        for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
            with socket.socket(socket.AF_INET, kind) as probe:
                probe.bind(("", port))
    except OSError:
        return False
    return True


def await_port(port: int, process: subprocess.Popen[bytes] | None = None) -> None:
    """Wait until somebody listens."""
    end = time.monotonic() + PATIENCE_S
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            assert time.monotonic() < end, f"nobody listens on {port}"
            assert process is None or process.poll() is None, "the peer has ended"
            time.sleep(0.02)
        else:
            return


def certificate(folder: Path, name: str = "127.0.0.1") -> tuple[Path, Path]:
    """A certificate for this machine that vouches for itself, and its key."""
    cert, key = folder / "cert.pem", folder / "key.pem"
    if not cert.exists():
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", f"/CN={name}",
             "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost", "-keyout", str(key), "-out", str(cert)], check=True, capture_output=True)
    return cert, key
