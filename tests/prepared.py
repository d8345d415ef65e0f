"""Starts `okno` as a child of a process that has imported it already: a process of its own as ever, for a third of the computing.

worker ──► python -m tests.prepared ──► one that tells how the child ended ──► okno

That `okno` imports what it needs is proven by the journeys, which begin with nothing (tests/house.py). They pay for passwords as centres
do, too; here these cost what argon2 has for tests, since at their real cost they are a third of what hubs compute. What they cost a centre is
proven beside the sessions (tests/http/test_idle.py).
"""

import gc
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import import_module
from select import select
from tempfile import TemporaryFile
from typing import IO, NoReturn

import msgspec
from argon2 import PasswordHasher
from argon2.profiles import CHEAPEST

from bots.russian import russian

IMPORTED = ("okno.commands.cli", "okno.commands.run", "hub.kernel.sandbox", "holidays", "zxcvbn")
"""What a hub or a command imports, some of it late."""
LONGEST = 1 << 20
"""Bytes of an order: command line and environment."""


class Order(msgspec.Struct):
    command: list[str]
    environment: dict[str, str]
    umask: int = -1


class Child:
    """What tests ask of subprocess.Popen. `stdout` is the end of a pipe that is read, if there is one."""

    def __init__(self, pid: int, fate: int) -> None:
        """`fate` is a pipe in which its end will stand."""
        self.pid, self._fate = pid, fate
        self.stdout: IO[bytes] | None = None
        self.returncode: int | None = None

    def poll(self) -> int | None:
        return self._ended(0.0)

    def wait(self, timeout: float | None = None) -> int:
        """The exit code, or the signal below zero. Raises subprocess.TimeoutExpired."""
        if (code := self._ended(timeout)) is None:
            raise subprocess.TimeoutExpired("okno", timeout or 0.0)
        return code

    def send_signal(self, number: signal.Signals) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def _ended(self, within_s: float | None) -> int | None:
        if self.returncode is None and select([self._fate], [], [], within_s)[0]:
            self.returncode = os.waitstatus_to_exitcode(_number(self._fate))
            os.close(self._fate)
        return self.returncode


def begin(command: Sequence[str], environment: Mapping[str, str], stderr: IO[bytes], umask: int = -1) -> Child:
    """Start `okno` with the words that follow it, and its stdout in a pipe."""
    said, stdout = os.pipe()
    with open(stdout, "wb") as written:
        child = _start(command, environment, written, stderr, umask)
    child.stdout = open(said, "rb")  # noqa: SIM115 - closed by whoever waits
    return child


def run(command: Sequence[str], environment: Mapping[str, str], timeout_s: float) -> "subprocess.CompletedProcess[str]":
    """The same, to its end. Raises subprocess.TimeoutExpired."""
    with TemporaryFile() as stdout, TemporaryFile() as stderr:
        child = _start(command, environment, stdout, stderr)
        try:
            code = child.wait(timeout_s)
        finally:
            child.kill()
        for file in (stdout, stderr):
            file.seek(0)
        return subprocess.CompletedProcess(command, code, stdout.read().decode(), stderr.read().decode())


def _start(command: Sequence[str], environment: Mapping[str, str], stdout: IO[bytes], stderr: IO[bytes], umask: int = -1) -> Child:
    fate, tells = os.pipe()
    order = msgspec.json.encode(Order(list(command), dict(environment), umask))
    socket.send_fds(_prepared(), [order], [stdout.fileno(), stderr.fileno(), tells])
    os.close(tells)
    return Child(_number(fate), fate)


def _number(pipe: int) -> int:
    """The next of the two in it: the child's number and, when it has ended, its status as os.wait() gives it."""
    return int.from_bytes(os.read(pipe, 4), "big")


@cache
def _prepared() -> socket.socket:
    """The line to this worker's process; it ends with the line."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, LONGEST)
    with theirs:
        subprocess.Popen([sys.executable, "-m", "tests.prepared"], stdin=theirs.fileno())
    return ours


def serve() -> None:
    """Be that process."""
    _hash_cheaply()
    for name in IMPORTED:
        import_module(name)
    russian().forms("слово")  # with the dictionary
    gc.collect()
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for those who wait
    with socket.socket(fileno=os.dup(0)) as orders:
        while True:
            order, descriptors, _, _ = socket.recv_fds(orders, LONGEST, 3)
            if not order:
                return
            if not os.fork():
                orders.close()
                _watch(msgspec.json.decode(order, type=Order), *descriptors)
            for each in descriptors:
                os.close(each)


def _hash_cheaply() -> None:
    dear = PasswordHasher.__init__

    def cheap(self: PasswordHasher, *_: object, **__: object) -> None:
        dear(self, CHEAPEST.time_cost, CHEAPEST.memory_cost, CHEAPEST.parallelism)

    PasswordHasher.__init__ = cheap  # type: ignore[assignment, method-assign]


def _watch(order: Order, stdout: int, stderr: int, tells: int) -> NoReturn:
    """Start it, and tell its number and how it ended."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    if not (child := os.fork()):
        os.close(tells)
        _be(order, stdout, stderr)
    for each in (0, stdout, stderr):
        os.close(each)
    os.write(tells, child.to_bytes(4, "big"))
    os.write(tells, os.waitpid(child, 0)[1].to_bytes(4, "big"))
    os._exit(0)


def _be(order: Order, stdout: int, stderr: int) -> NoReturn:
    """Be `okno`."""
    with open(os.devnull, "rb") as nothing:
        for place, each in enumerate((nothing.fileno(), stdout, stderr)):
            os.dup2(each, place)
    os.closerange(3, max(stdout, stderr) + 1)
    if order.umask >= 0:
        os.umask(order.umask)
    os.environ.clear()
    os.environ.update(order.environment)
    sys.argv = order.command
    from okno.__main__ import main  # noqa: PLC0415 - imported by now

    sys.exit(main())


if __name__ == "__main__":
    serve()
