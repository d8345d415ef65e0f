"""Ports that are free now, for peers that must be told them beforehand."""

import socket
import subprocess
import time
from collections.abc import Iterator
from itertools import cycle, islice
from os import environ, getppid

from tests.channels.line import PATIENCE_S

# Below those that the kernel gives to whoever connects (32768-60999): one of these may become the near end of anybody's connection
# between the moment it is found free and the moment its peer listens, and every time that peer is away.
_STREAMS = range(10_000, 20_000)
_DATAGRAMS = range(20_000, 32_000, 4)
"""Above those of Asterisk's voices (10000-19999). SIPp takes the second one after each for media too."""


def _own(ports: range) -> Iterator[int]:
    """This worker's share, so that no two find the same one free; processes that test beside it begin elsewhere."""
    worker, workers = int(environ.get("PYTEST_XDIST_WORKER", "gw0")[2:]), int(environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    share = ports[worker * len(ports) // workers : (worker + 1) * len(ports) // workers]
    start = getppid() * 97 % len(share)
    return cycle([*share[start:], *share[:start]])


_streams, _datagrams = _own(_STREAMS), _own(_DATAGRAMS)


def free_ports(count: int) -> list[int]:
    """Ports at which nobody listens, at any address of this machine. None is given twice before all were."""
    return list(islice((port for port in _streams if _is_free(port, socket.SOCK_STREAM)), count))


def free_udp_ports(count: int) -> list[int]:
    """The same, for datagrams."""
    return list(islice((port for port in _datagrams if _is_free(port, socket.SOCK_DGRAM)), count))


def _is_free(port: int, kind: socket.SocketKind) -> bool:
    try:
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
