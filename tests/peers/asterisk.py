"""Asterisk 22, unpacked once from Debian's packages into a cache and started as often as tests want, each with folders and ports of its own.

Nothing is installed: the programs run with the libraries beside them, so no root rights and no chroot are needed, and what Asterisk
writes (recordings, faxes) lies under the same paths for the tests.
"""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.channels.line import PATIENCE_S
from tests.peers.debian import unpacked
from tests.peers.ports import free_ports, free_udp_ports

TEMPLATES = Path(__file__).parents[2] / "docker" / "asterisk"
PACKAGES = "asterisk,asterisk-modules,asterisk-core-sounds-ru-wav,asterisk-moh-opsound-wav"
USER, PASSWORD = "okno", "a password for tests"
TRUNK = "127.0.0.1"
PHONES = {f"op{number}": f"127.0.0.{10 + number}" for number in range(1, 5)}
"""Each telephone has an address of its own, by which Asterisk knows it."""

OF_ITS_OWN = ("nice", "-n", "-10") if os.geteuid() == 0 else ()
"""An exchange and a telephone have processors of their own where they stand: calls go on in time whatever else is tested beside them."""


class Asterisk:
    """One exchange. `sip` is its port for calls, `ami` for the hub, `hub` where it looks for the hub's FastAGI server.

    `trunk` and `second` are the ports at 127.0.0.1 where the city network is, `phone` that of every telephone; `phones` are their
    names and addresses, `address` is its own.
    """

    def __init__(self, base: Path, phones: Mapping[str, str] = PHONES, address: str = TRUNK) -> None:
        self.base, self.address = base, address
        self.sip, self.trunk, self.second, self.phone = free_udp_ports(4)
        self.ami, self.hub = free_ports(2)
        self._root = unpacked("asterisk-22", PACKAGES)
        self._process: subprocess.Popen[bytes] | None = None
        for folder in ("database", "spool/fax", "spool/away", "spool/monitor", "run", "logs/cdr-csv"):
            (base / folder).mkdir(parents=True)
        (base / "spool/fax").chmod(0o2770)
        (base / "password").write_text(PASSWORD, encoding="utf8")
        (base / "phones").write_text("".join(f"{name} at sip:{name}@{address}:{self.phone}\n" for name, address in phones.items()), encoding="utf8")
        self.render()

    def render(self, **settings: str) -> None:
        """Write the configuration anew, with other `settings` than those of tests."""
        ours = {
            "HUB": f"127.0.0.1:{self.hub}", "AMI_PORT": str(self.ami), "AMI_PASSWORD_FILE": str(self.base / "password"), "SIP_BIND": self.address, "MEDIA_ADDRESS": self.address,
            "SIP_PORT": str(self.sip), "TRUNK": f"sip:{TRUNK}:{self.trunk} sip:{TRUNK}:{self.second}",
            "TRUNK_MATCH": f"{TRUNK} 127.0.0.2", "TRUNK_QUALIFY": "0", "PHONES": str(self.base / "phones"),
            "PREFIX": str(self._root), "DATABASE": str(self.base / "database"), "SPOOL": str(self.base / "spool"),
            "RUN": str(self.base / "run"), "LOGS": str(self.base / "logs"), "LOG_LEVELS": "notice,warning,error,verbose(3)"} | settings
        environ = os.environ | {f"PBX_{name}": value for name, value in ours.items()}
        done = subprocess.run([str(TEMPLATES / "render"), str(self.base / "etc")], env=environ, check=False, stderr=subprocess.PIPE, text=True)
        if done.returncode:
            raise ValueError(done.stderr)

    def start(self) -> "Asterisk":
        self._process = subprocess.Popen([*OF_ITS_OWN, *self._program(), "-f"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        end = time.monotonic() + PATIENCE_S
        while not self._booted():
            assert self._process.poll() is None, f"Asterisk has ended: {self.log()}"
            assert time.monotonic() < end, f"Asterisk does not come up: {self.log()}"
            time.sleep(0.02)
        return self

    def _booted(self) -> bool:
        """Whether it lets the hub in and says that all is loaded."""
        try:
            with socket.create_connection((TRUNK, self.ami), timeout=PATIENCE_S) as line:
                line.sendall(f"Action: Login\r\nUsername: {USER}\r\nSecret: {PASSWORD}\r\n\r\n".encode())
                said = b""
                while b"Event: FullyBooted" not in said:
                    more = line.recv(4096)
                    if not more:
                        return False
                    said += more
        except ConnectionError:
            return False
        return True

    def stop(self) -> None:
        """As systemd and Docker stop it: every call ends."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """As the power fails."""
        self._end(signal.SIGKILL)

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None:
            process, self._process = self._process, None
            process.send_signal(how)
            try:
                process.wait(PATIENCE_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                raise

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def cli(self, command: str) -> str:
        """What the console answers."""
        return subprocess.run([*self._program(), "-rx", command], check=True, capture_output=True, text=True, timeout=PATIENCE_S).stdout

    def hang_up_all(self) -> None:
        """Every call; there are none where it is not running.

        One that keeps a call, or has died, fails the test that left it so and no other: it is started afresh.
        """
        if self._process is None:
            return
        try:
            self._hang_up_all()
        except (AssertionError, subprocess.SubprocessError):
            self.kill()
            self.start()
            raise

    def _hang_up_all(self) -> None:
        end = time.monotonic() + PATIENCE_S
        # A surrogate stands for a call that is gone, as long as the hub does not let go of it.
        while any(not line.startswith("Surrogate/") for line in self.cli("core show channels concise").splitlines()):
            assert time.monotonic() < end, self.cli("core show channels concise")
            self.cli("channel request hangup all")

    def log(self) -> str:
        path = self.base / "logs" / "messages.log"
        return path.read_text(encoding="utf8", errors="replace") if path.exists() else ""

    def complaints(self) -> list[str]:
        return [line for line in self.log().splitlines() if " ERROR[" in line or " WARNING[" in line]

    def _program(self) -> list[str]:
        """Asterisk, loaded by the loader that lies beside it and not by this machine's."""
        loader = next(self._root.glob("usr/lib*/ld-linux-*.so.*"))
        libraries = next(self._root.glob("usr/lib/*-linux-gnu"))
        return [str(loader), "--library-path", str(libraries), str(self._root / "usr/sbin/asterisk"), "-C", str(self.base / "etc" / "asterisk.conf")]


@contextmanager
def asterisk(phones: Mapping[str, str] = PHONES, address: str = TRUNK, **settings: str) -> Iterator[Asterisk]:
    # The name of its control socket must stay under 108 bytes, so no folder of pytest.
    base = Path(tempfile.mkdtemp(prefix="okno-asterisk-"))
    exchange = Asterisk(base, phones, address)
    exchange.render(**settings)
    try:
        yield exchange.start()
    finally:
        exchange.stop()
        shutil.rmtree(base, ignore_errors=True)
