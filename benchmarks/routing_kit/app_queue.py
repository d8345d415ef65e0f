"""Asterisk's app_queue in the kit: a real one over AMI, which is told changes of its operators' states.

A state is a custom device state, and nobody calls: AMI is told of all of a round at once, and the round is over when AMI has told of
each in each of the queues. The kit's other loads need calls, which app_queue takes from telephones only.
"""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from socket import create_connection, create_server, socket
from time import monotonic, perf_counter, sleep

from benchmarks.routing_kit.changes import ALIKE, LOGINS, NAMES, OPERATORS, OWN

PLACE = "OKNO_ASTERISK"
CHANGES = 500
"""In a round."""
LIMIT_S = 100.0
"""What is not over by then has failed."""

FOLDERS = ("astetcdir", "astrundir", "astlogdir", "astspooldir", "astdbdir")
CONFIGURATION = {
    "asterisk.conf": "[directories]\n" + "".join(f"{each} = {{folder}}\n" for each in FOLDERS),
    "logger.conf": "[general]\nqueue_log = no\n[logfiles]\nmessages = warning,error\n",
    "modules.conf": "[modules]\nautoload = no\nload = func_devstate.so\nload = app_queue.so\n",
    "manager.conf": "[general]\nenabled = yes\nbindaddr = 127.0.0.1\nport = {port}\n"
                    "[benchmark]\nsecret = benchmark\nread = agent,system\nwrite = call,system\n",
}


class Asterisk:
    """One that runs, over AMI. Raises OSError when it does not answer in time, RuntimeError when it does not do as it is told."""

    def __init__(self, connection: socket, until_s: float) -> None:
        self._connection, self._until_s = connection, until_s
        self._lines = connection.makefile(encoding="utf8", newline="\r\n")
        self._changing = Random(1).sample(range(OPERATORS), CHANGES)
        self._state, self._next = "NOT_INUSE", "INUSE"

    def begin(self) -> None:
        self._lines.readline()  # its version
        self._connection.sendall(_action("Login", Username="benchmark", Secret="benchmark"))
        self._wait_for("FullyBooted")
        self._connection.sendall(_action("QueueSummary"))
        members = 0
        while (told := self._message()).get("Event") != "QueueSummaryComplete":
            members += int(told.get("LoggedIn", 0))
        if members != OPERATORS * OWN:
            message = f"app_queue has {members} members, not {OPERATORS * OWN}"
            raise RuntimeError(message)

    def changes_per_s(self) -> float:
        """Some become busy; in the next round the same become free."""
        self._state, self._next = self._next, self._state
        left = {(queue, LOGINS[number]) for number in self._changing for queue in ALIKE[number]}
        devices = [f"DEVICE_STATE(Custom:{LOGINS[number]})" for number in self._changing]
        actions = b"".join(_action("Setvar", Variable=device, Value=self._state) for device in devices)
        start = perf_counter()
        self._connection.sendall(actions)
        while left:
            told = self._wait_for("QueueMemberStatus")
            left.discard((told["Queue"], told["MemberName"]))
        return CHANGES / (perf_counter() - start)

    def _wait_for(self, event: str) -> dict[str, str]:
        while (told := self._message()).get("Event") != event:
            if told.get("Response") == "Error":
                raise RuntimeError(told["Message"])
        return told

    def _message(self) -> dict[str, str]:
        self._connection.settimeout(max(self._until_s - monotonic(), 0.001))
        told = {}
        while (line := self._lines.readline()) != "\r\n":
            if not line:
                raise ConnectionError("Asterisk has hung up")
            key, _, value = line.rstrip().partition(": ")
            told[key] = value
        return told


def installed() -> Path | None:
    """The program, or a root folder that holds one."""
    place = os.environ.get(PLACE) or shutil.which("asterisk")
    return Path(place) if place else None


@contextmanager
def running(place: Path) -> Iterator[Asterisk]:
    """An Asterisk of its own, from a program or from a root folder that holds one; it ends with the context, however that ends."""
    root, command = (place, ["chroot", str(place), "asterisk"]) if place.is_dir() else (Path("/"), [str(place)])
    until_s = monotonic() + LIMIT_S
    with create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory(dir=root / "tmp", prefix="okno-") as name:
        folder = Path(name)
        inside = Path("/") / folder.relative_to(root)
        _configure(folder, inside, port)
        command += ["-f", "-C", str(inside / "asterisk.conf")]
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        # Told to end, Python would otherwise end without ending Asterisk.
        before = signal.signal(signal.SIGTERM, signal.default_int_handler)
        try:
            with _connected(port, process, until_s) as connection:
                asterisk = Asterisk(connection, until_s)
                asterisk.begin()
                yield asterisk
        except (OSError, RuntimeError) as error:
            log = folder / "messages"
            message = f"Asterisk failed: {error}\n{log.read_text(encoding='utf8') if log.exists() else ''}"
            raise RuntimeError(message) from error
        finally:
            process.kill()
            process.wait()
            signal.signal(signal.SIGTERM, before)


def _configure(folder: Path, inside: Path, port: int) -> None:
    for name, text in CONFIGURATION.items():
        (folder / name).write_text(text.format(folder=inside, port=port))
    members: dict[str, list[str]] = {name: [] for name in NAMES}
    for login, own in zip(LOGINS, ALIKE, strict=True):
        for name in own:
            members[name].append(f"member = Local/{login}@operators,0,{login},Custom:{login}\n")
    queues = "".join(f"[{name}]\n{''.join(each)}" for name, each in members.items())
    (folder / "queues.conf").write_text(f"[general]\npersistentmembers = no\n{queues}")


def _connected(port: int, process: subprocess.Popen[bytes], until_s: float) -> socket:
    """It listens some tenths of a second after its start."""
    while True:
        try:
            return create_connection(("127.0.0.1", port))
        except ConnectionRefusedError:
            if process.poll() is not None or monotonic() > until_s:
                raise
            sleep(0.05)


def _action(name: str, **fields: str) -> bytes:
    return "".join(f"{key}: {value}\r\n" for key, value in {"Action": name, **fields}.items()).encode() + b"\r\n"
