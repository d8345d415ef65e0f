"""The floor beside a real Asterisk's app_queue: how many changes of an operator's state each works off in a second.

5,000 operators serve five of 200 queues each; a change is one of them becoming busy or free. To app_queue it is a custom device
state, and nobody calls: AMI is told of all of a round at once, and the round is over when AMI has told of each in each of the
queues. To the floor it is a presence: he wraps a call up, or is ready and is offered the next. Calls come, are taken and end
meanwhile, but only presences are timed. Rounds alternate, so that a change of the machine's speed meets both.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from random import Random
from socket import create_connection, create_server, socket
from time import monotonic, perf_counter, sleep
from typing import TypeVar

from benchmarks.report import rounded
from hub.access.operator import CAPACITY
from hub.dispatch.offer import Offer, Waiting
from hub.organisation.queue import Skills, skills
from routing.assignment import Floor
from routing.erlang import Goal

T = TypeVar("T")
PLACE = "OKNO_ASTERISK"
OPERATORS, QUEUES, OWN = 5_000, 200, 5
HANDLING_S, WRAP_UP_S = 300.0, 20.0
WAITING = 6_000
CHANGES, FLOOR_CHANGES = 500, 20_000
"""In a round."""
ROUNDS = 8
ENOUGH_S, LIMIT_S = 60.0, 100.0
"""After a minute no round is begun; what is not over by then has failed."""

LOGINS = [f"{number:05d}" for number in range(OPERATORS)]
NAMES = [f"queue-{number:03d}" for number in range(QUEUES)]
ALIKE = [[NAMES[(number + each) % QUEUES] for each in range(OWN)] for number in range(OPERATORS)]
"""200 profiles of 25 operators: five queues in a row, each queue in five profiles."""
UNLIKE = [Random(number).sample(NAMES, OWN) for number in range(OPERATORS)]
"""Hardly two operators serve the same."""
FOLDERS = ("astetcdir", "astrundir", "astlogdir", "astspooldir", "astdbdir")
CONFIGURATION = {
    "asterisk.conf": "[directories]\n" + "".join(f"{each} = {{folder}}\n" for each in FOLDERS),
    "logger.conf": "[general]\nqueue_log = no\n[logfiles]\nmessages = warning,error\n",
    "modules.conf": "[modules]\nautoload = no\nload = func_devstate.so\nload = app_queue.so\n",
    "manager.conf": "[general]\nenabled = yes\nbindaddr = 127.0.0.1\nport = {port}\n"
                    "[benchmark]\nsecret = benchmark\nread = agent,system\nwrite = call,system\n",
}


class Hall:
    """The floor and its operators, who talk, wrap up and are ready again; all of it is memoryless, so chance says what is next."""

    def __init__(self, served: Sequence[Sequence[str]], load: float, waiting: int = 0) -> None:
        """`load` is the share of their time that the calls take; so many wait at the beginning."""
        self._floor, self._chance = Floor(), Random(1)
        self._has = [skills(dict.fromkeys(own, 1)) for own in served]
        self._calls_per_s = load * OPERATORS / (HANDLING_S + WRAP_UP_S)
        self._talking: list[tuple[int, int]] = []
        self._wrapping_up: list[int] = []
        self._now_s = self._took_s = 0.0
        self._calls = self._changes = 0
        for number in range(OPERATORS):
            self._floor.present(LOGINS[number], self._has[number], 0)
            if number < OPERATORS * load:
                self._talking.append((-number - 1, number))
                self._floor.take(-number - 1, LOGINS[number], CAPACITY, 0)
        for _ in range(waiting):
            self._call()

    def changes_per_s(self) -> float:
        self._took_s, self._changes = 0.0, 0
        while self._changes < FLOOR_CHANGES:
            self._go_on()
        return self._changes / self._took_s

    def _go_on(self) -> None:
        calls_per_s, ends_per_s, ready_per_s = self._calls_per_s, len(self._talking) / HANDLING_S, len(self._wrapping_up) / WRAP_UP_S
        self._now_s += self._chance.expovariate(calls_per_s + ends_per_s + ready_per_s)
        event, = self._chance.choices((self._call, self._end, self._be_ready), (calls_per_s, ends_per_s, ready_per_s))
        event()

    def _call(self) -> None:
        self._calls += 1
        queue = self._chance.choice(NAMES)
        waiting = Waiting(self._calls, queue, self._now_s, CAPACITY, (skills({queue: 1}),))
        self._accept(self._floor.wait(waiting, self._now_s))

    def _end(self) -> None:
        conversation, number = self._one_of(self._talking)
        self._change(number, ())
        self._floor.release(conversation, self._now_s)
        self._wrapping_up.append(number)

    def _be_ready(self) -> None:
        number = self._one_of(self._wrapping_up)
        self._accept(self._change(number, self._has[number]))

    def _change(self, number: int, has: Skills) -> list[Offer]:
        start = perf_counter()
        offers = self._floor.present(LOGINS[number], has, self._now_s)
        self._floor.next_event()
        self._took_s += perf_counter() - start
        self._changes += 1
        return offers

    def _accept(self, offers: list[Offer]) -> None:
        for offer in offers:
            self._floor.take(offer.conversation, offer.operator, CAPACITY, self._now_s)
            self._talking.append((offer.conversation, int(offer.operator)))

    def _one_of(self, several: list[T]) -> T:
        place = self._chance.randrange(len(several))
        several[place], several[-1] = several[-1], several[place]
        return several.pop()


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


def compare() -> dict[str, float]:
    """Changes a second, in the best round of each; without Asterisk the floor's alone, and stderr says so."""
    halls: dict[str, Hall | Asterisk] = {
        "floor": Hall(ALIKE, Goal().occupancy), "floor_full": Hall(ALIKE, 1, WAITING), "floor_unlike": Hall(UNLIKE, 1, WAITING)}
    with ExitStack() as stack:
        place = os.environ.get(PLACE) or shutil.which("asterisk")
        if place:
            halls["app_queue"] = stack.enter_context(running(Path(place)))
        else:
            print(f"app_queue was not measured: there is no asterisk on PATH, and {PLACE} does not name one", file=sys.stderr)
        best, enough_s = dict.fromkeys(halls, 0.0), monotonic() + ENOUGH_S
        for _ in range(ROUNDS):
            best |= {name: max(best[name], hall.changes_per_s()) for name, hall in halls.items()}
            if monotonic() > enough_s:
                break
    figures = {f"{name}_events_per_s": rounded(per_s) for name, per_s in best.items()}
    return figures | ({"times_app_queue": rounded(best["floor"] / best["app_queue"])} if place else {})


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
