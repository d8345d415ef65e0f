"""The parent of `okno run`: light, obedient, and back with the hub; what sees one process goes on seeing one."""

import os
import resource
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.channels.line import PATIENCE_S
from tests.house import House
from tests.peers.ports import free_ports

pytestmark = pytest.mark.journeys

LIGHT_MB = 14
"""An interpreter of Python alone has 9."""
STALL_S = 2


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    config = tmp_path / "centre.toml"
    config.write_text(f'[watchdog]\nstall_s = {STALL_S}\n[[queues]]\nid = "general"\ntitle = "Общие"\n[[topics]]\nid = "other"\ntitle = "Другое"\n', "utf8")
    house = House(tmp_path, config, {"OKNO_LISTEN": f"127.0.0.1:{free_ports(1)[0]}"})
    try:
        yield house
    finally:
        house.kill()


def status(pid: int, name: str) -> str:
    return next(line.split()[1] for line in Path(f"/proc/{pid}/status").read_text("ascii").splitlines() if line.startswith(f"{name}:"))


def ended(pid: int) -> None:
    process = os.pidfd_open(pid)
    assert select.select([process], [], [], PATIENCE_S)[0]
    os.close(process)


# F3: the parent costs little, and knows nothing of the hub.
def test_the_parent_is_light(house: House) -> None:
    house.start()
    assert status(house.pid, "PPid") == str(house.supervisor)
    assert int(status(house.supervisor, "VmRSS")) < LIGHT_MB << 10
    imported = subprocess.run(
        [sys.executable, "-c", "import sys, okno.__main__; print(*sys.modules)"], capture_output=True, text=True, check=True).stdout.split()
    assert {name for name in imported if name.partition(".")[0] in {"okno", "hub", "channels", "bots"}} == {
        "okno", "okno.__main__", "okno.serving", "okno.serving.supervisor"}
    assert not {"asyncio", "socket", "subprocess", "typing"} & set(imported)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signals_and_the_exit_code_are_handed_through(house: House, number: signal.Signals) -> None:
    house.start()
    hub = os.pidfd_open(house.pid)
    house.tell(number)
    assert house.wait() == 0
    assert select.select([hub], [], [], 0)[0]
    os.close(hub)


def test_what_cannot_start_is_not_tried_again(tmp_path: Path) -> None:
    config = tmp_path / "centre.toml"
    config.write_text("colour = 1\n", "utf8")
    house = House(tmp_path, config)
    house.begin()
    assert house.wait() == 1
    assert house.log.read_text("utf8").count("colour") == 1


def test_a_hub_that_a_signal_has_ended_is_started_again(house: House) -> None:
    house.start()
    first = house.pid
    os.kill(first, signal.SIGKILL)
    ended(first)
    house.announced()
    assert house.pid not in {first, house.supervisor}
    assert "by=SIGKILL" in house.log.read_text("utf8")
    assert house.stop() == 0


# Two hubs must never work on one folder.
def test_a_hub_ends_with_its_parent(house: House) -> None:
    house.start()
    hub = os.pidfd_open(house.pid)
    os.kill(house.supervisor, signal.SIGKILL)
    house.wait()
    assert select.select([hub], [], [], PATIENCE_S)[0]
    os.close(hub)
    house.start()
    assert house.stop() == 0


# Whoever suspends a machine, or a process, has not stalled it.
def test_a_suspended_hub_is_not_ended(house: House) -> None:
    house.start()
    first = house.pid
    house.tell(signal.SIGSTOP)
    time.sleep(STALL_S + 3)  # that nothing happens for so long is what is tested
    house.tell(signal.SIGCONT)
    assert house.stop() == 0
    assert "previous process crashed" not in house.log.read_text("utf8")
    assert not Path(f"/proc/{first}").exists()


def test_no_core_is_left_of_citizens_data(house: House) -> None:
    before = resource.getrlimit(resource.RLIMIT_CORE)
    assert before[1] != 0, "where nobody may leave a core it is not seen who forbids it"
    resource.setrlimit(resource.RLIMIT_CORE, (before[1], before[1]))  # as on a machine of developers
    try:
        house.start()
    finally:
        resource.setrlimit(resource.RLIMIT_CORE, before)
    assert resource.prlimit(house.supervisor, resource.RLIMIT_CORE)[0] != 0
    assert resource.prlimit(house.pid, resource.RLIMIT_CORE)[0] == 0


# sd_notify(3): systemd hears of the watchdog as long as the parent watches.
def test_systemd_is_told_that_the_hub_is_watched(tmp_path: Path, house: House) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        systemd.settimeout(PATIENCE_S)
        told = House(tmp_path, house.folder / "centre.toml", {"OKNO_LISTEN": "127.0.0.1:0", "NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "30000000"})
        told.start()
        for _ in range(3):
            assert systemd.recv(100) == b"WATCHDOG=1"
        assert told.stop() == 0
