"""The parent of `okno run`: restarts the hub after a signal has ended it, and ends it when its event loop stalls.

It imports nothing of the hub, since it remains in memory as long as the hub. The hub is a forked child that writes a line into a pipe
once a second: the permitted seconds of silence from now on (0: unlimited). The parent counts silence by its own ticks while the child
is not stopped, so that a suspended machine, or SIGSTOP, does not end the hub.

starts ──► watches ──► the child has exited: so does the parent, by the same code
  ▲           │
  └── pause ──┴── a signal has ended the child: the parent's own SIGABRT after a stall, or any other
"""

import os
import select
import signal
import sys
import time
from collections.abc import Callable
from mmap import mmap

PASSED_ON = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
TICK_S = 1.0
DUMP_S = 5.0
"""Time for the child to write its stacks after SIGABRT."""
STEADY_S = 60.0
"""A child that has run this long is restarted at once."""
LAST_PAUSE_S = 30.0
STALLED = "stall"
CELL = 1 << 10
"""Bytes of memory shared by parent and child."""


class Watched:
    """What the child gets: where it reports, and the fate of the previous one."""

    __slots__ = ("beats", "cell", "did", "ended_by", "stacks", "stalls", "told")

    def __init__(self, beats: int, stacks: int, cell: mmap) -> None:
        """`beats` and `stacks` are descriptors: the pipe, and the file for faulthandler. `cell` has the loop's current operation."""
        self.beats, self.stacks, self.cell = beats, stacks, cell
        self.ended_by = self.told = ""
        """What ended the previous child, STALLED or the name of a signal, and its stacks; "" for the first child."""
        self.did, self.stalls = b"", 0
        """The operation of the previous child, and the number of stalls."""

    def does(self, what: bytes) -> None:
        """The event loop begins an operation without a pause; b"" at its end."""
        length = min(len(what), CELL - 2)
        self.cell[2:2 + length] = what[:length]
        self.cell[:2] = length.to_bytes(2, "big")


class Supervisor:
    def __init__(self, work: Callable[[Watched], int]) -> None:
        """`work` is the child's task; it returns the exit code."""
        self._work = work
        self._stacks, self._cell = os.memfd_create("okno-stacks"), mmap(-1, CELL)
        self._wake, self._woken = os.pipe()
        self._signals: list[int] = []
        self._stopping = False
        self._stalls, self._ended_by, self._pause_s = 0, "", 0.0

    def run(self) -> int:
        """In the parent: supervise until the final end. In each child: its work. Returns the exit code."""
        os.set_blocking(self._wake, False)
        os.set_blocking(self._woken, False)
        signal.set_wakeup_fd(self._woken, warn_on_full_buffer=False)
        for number in PASSED_ON:
            signal.signal(number, self._told)
        signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
        while not self._stopping:
            pipe = os.pipe()
            began, parent = time.monotonic(), os.getpid()
            signal.pthread_sigmask(signal.SIG_BLOCK, PASSED_ON)  # otherwise the handler of this process gets a signal that arrives now
            if not (pid := os.fork()):
                return self._be_the_child(pipe, parent)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, PASSED_ON)
            os.close(pipe[1])
            child = Child(pid, pipe[0], self._stacks)
            try:
                code = self._watch(child)
            finally:
                os.close(pipe[0])
            if (exit_code := self._outcome(child, code)) is not None:
                return exit_code
            self._rest(time.monotonic() - began)
        return 128 + signal.SIGTERM

    def _told(self, number: int, _: object) -> None:
        self._signals.append(number)

    def _be_the_child(self, pipe: tuple[int, int], parent: int) -> int:
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD):
            signal.signal(number, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, PASSED_ON)
        for each in (pipe[0], self._wake, self._woken):
            os.close(each)
        os.set_blocking(pipe[1], False)
        told = os.pread(self._stacks, 1 << 20, 0).decode("utf8", "replace")
        os.ftruncate(self._stacks, 0)
        os.lseek(self._stacks, 0, os.SEEK_SET)
        die_with(parent)
        watched = Watched(pipe[1], self._stacks, self._cell)
        watched.ended_by, watched.told, watched.stalls = self._ended_by, told, self._stalls
        watched.did = self._cell[2:2 + int.from_bytes(self._cell[:2], "big")]
        watched.does(b"")
        return self._work(watched)

    def _watch(self, child: "Child") -> int:
        """Wait for the end of the child; returns its status as os.wait() does."""
        poll, tick_at = select.poll(), time.monotonic() + TICK_S
        poll.register(self._wake, select.POLLIN)
        poll.register(child.beats, select.POLLIN)
        while True:
            ready = dict(poll.poll(max(0.0, tick_at - time.monotonic()) * 1000))
            if child.beats in ready and not child.listen():
                poll.unregister(child.beats)
            self._pass_on(child.pid)
            if (status := child.ended()) is not None:
                return status
            if time.monotonic() >= tick_at:
                tick_at = time.monotonic() + TICK_S
                child.tick()
                if not child.overdue:
                    notify("WATCHDOG=1")

    def _pass_on(self, pid: int) -> None:
        drain(self._wake)
        while self._signals:
            number = self._signals.pop(0)
            self._stopping |= number != signal.SIGHUP
            if pid:
                os.kill(pid, number)

    def _outcome(self, child: "Child", status: int) -> int | None:
        """The parent's exit code; None to restart the child."""
        if os.WIFEXITED(status):
            return os.WEXITSTATUS(status)
        number = os.WTERMSIG(status)
        self._ended_by = STALLED if child.overdue else signal.Signals(number).name
        self._stalls += child.overdue
        if not self._stopping and number not in PASSED_ON:
            return None
        os.write(sys.stderr.fileno(), os.pread(self._stacks, 1 << 20, 0))  # no further child will report it
        if number in PASSED_ON:  # it did not handle signals yet: this process ends as the child did
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)
        return 128 + number

    def _rest(self, lived_s: float) -> None:
        """A pause before the next start, which grows with successive failures; a signal to stop ends it."""
        self._pause_s = 0.0 if lived_s >= STEADY_S else min(max(self._pause_s * 2, TICK_S), LAST_PAUSE_S) if self._pause_s else TICK_S / 4
        until = time.monotonic() + self._pause_s
        poll = select.poll()
        poll.register(self._wake, select.POLLIN)
        while (left_s := until - time.monotonic()) > 0 and not self._stopping:
            poll.poll(min(left_s, TICK_S) * 1000)
            self._pass_on(0)
            notify("WATCHDOG=1")


class Child:
    """The hub's process, for its parent."""

    def __init__(self, pid: int, beats: int, stacks: int) -> None:
        self.pid, self.beats, self._stacks = pid, beats, stacks
        os.set_blocking(beats, False)
        self._patience_s = self._silent_s = 0.0
        self.overdue = False
        """Whether it was ended for a stalled loop."""
        self._dumping_s = 0.0

    def listen(self) -> bool:
        """Read its reports; False at the end of the pipe."""
        try:
            said = os.read(self.beats, 1 << 12)
        except BlockingIOError:
            return True
        if said:
            self._patience_s, self._silent_s = float(said.split()[-1]), 0.0
        return bool(said)

    def ended(self) -> int | None:
        """Its status once it has ended. As the first process of a container the parent also reaps other children."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return 0
            if pid in {0, self.pid}:
                return status if pid else None

    def tick(self) -> None:
        """Called each second."""
        if self.overdue:
            self._dumping_s += TICK_S
            if self._dumping_s >= DUMP_S:
                os.kill(self.pid, signal.SIGKILL)
        elif self._patience_s and not is_stopped(self.pid):
            self._silent_s += TICK_S
            if self._silent_s >= self._patience_s:
                self.overdue = True
                os.kill(self.pid, signal.SIGABRT)  # faulthandler writes the stacks even while the GIL is held


def is_stopped(pid: int) -> bool:
    """Whether a signal or a debugger has stopped it (proc(5))."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return file.read().rpartition(b")")[2].split()[0] in {b"T", b"t"}
    except OSError:
        return False


def drain(pipe: int) -> None:
    try:
        while os.read(pipe, 1 << 10):
            pass
    except BlockingIOError:
        return


def notify(word: str) -> None:
    """Notify systemd, if it has started this service and expects it (sd_notify(3))."""
    if not (path := os.environ.get("NOTIFY_SOCKET", "")) or "WATCHDOG_USEC" not in os.environ:
        return
    import socket  # noqa: PLC0415 - the supervisor stays small; needed only under systemd

    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as line:
        try:
            line.sendto(word.encode(), "\0" + path[1:] if path.startswith("@") else path)
        except OSError:
            return  # systemd is restarting: the next second is enough


def die_with(parent: int) -> None:
    """End the child when its parent is killed: two hubs must never work on one folder (prctl(2), PR_SET_PDEATHSIG)."""
    import ctypes  # noqa: PLC0415 - the supervisor stays small; needed only in the child

    pr_set_pdeathsig = 1
    ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL)
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)
