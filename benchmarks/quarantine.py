"""The chat while files are sent, with ClamAV and without, in one run: whether citizens notice that files are checked.

Rounds alternate between two hubs, so that a change of the machine's speed meets both. Signatures are of our own, so what clamd itself
needs for half a gigabyte of them is not in it.
"""

import asyncio
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import cycle
from pathlib import Path
from statistics import median
from time import perf_counter

import aiohttp
import uvloop

from benchmarks.chat import SEEN, articles_alone, asking, percentile, server
from benchmarks.chat_client import open_loop, talkers
from benchmarks.report import report, rounded
from tests.house import hub_of
from tests.peers.clamd import Daemon
from tests.peers.ports import free_ports

CONNECTIONS, PER_S, ROUND_S, ROUNDS = 50, 200, 6, 3
SENDERS, FILE, EVERY_S = 4, 200_000, 0.4
GOALS = ["cpu_ratio <= 1.2"]


class Sender:
    """Sends one file after the other, and waits until it is told that each can be opened."""

    def __init__(self, base: str, http: aiohttp.ClientSession, *, checked: bool) -> None:
        self._base, self._http, self._checked = base, http, checked
        self.sent_s: list[float] = []
        self.open_s: list[float] = []

    async def go_on(self) -> None:
        async with self._http.post(f"{self._base}/chat/sessions") as answer:
            token = (await answer.json())["token"]
        line = await self._http.ws_connect(f"{self._base}/chat/socket?token={token}")
        while True:
            began = perf_counter()
            content = b"text " + os.urandom(FILE // 2).hex().encode()
            async with self._http.post(f"{self._base}/chat/files?token={token}", data=content) as answer:
                assert answer.status == 200, await answer.text()
                file = (await answer.json())["file"]
            self.sent_s.append(perf_counter() - began)
            while self._checked and (await line.receive_json()).get("file") != file:
                pass
            self.open_s.append(perf_counter() - began)
            await asyncio.sleep(max(began + EVERY_S - perf_counter(), 0))


@contextmanager
def hub(folder: Path, port: int, more: str = "") -> "Iterator[tuple[str, subprocess.Popen[str]]]":
    folder.mkdir()
    (folder / "okno.toml").write_text(articles_alone() + more, encoding="utf8")
    okno = [str(Path(sys.executable).with_name("okno")), "run", "--config", str(folder / "okno.toml")]
    with server(okno, "openapi", OKNO_DATA=str(folder / "data"), OKNO_LISTEN=f"127.0.0.1:{port}", OKNO_LIMITS="off") as process:
        yield f"http://127.0.0.1:{port}", process


def cpu_s(process: "subprocess.Popen[str]") -> float:
    """What a process has used (proc(5): utime and stime)."""
    told = Path(f"/proc/{hub_of(process.pid)}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(told[11]) + int(told[12])) / os.sysconf("SC_CLK_TCK")


async def measure(hubs: "dict[str, tuple[str, subprocess.Popen[str]]]") -> dict[str, float]:
    bases = {name: base for name, (base, _) in hubs.items()}
    figures: dict[str, float] = {}
    waits: dict[str, list[float]] = {name: [] for name in bases}
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http:
        senders = {name: [Sender(base, http, checked=name == "checked") for _ in range(SENDERS)] for name, base in bases.items()}
        chats = {}
        for name, base in bases.items():
            tokens = [(await (await http.post(f"{base}/chat/sessions")).json())["token"] for _ in range(CONNECTIONS)]
            chats[name] = await talkers([f"{base}/chat/socket?token={token}" for token in tokens], b'"author":"bot"')
        await asyncio.sleep(1)  # the greetings do not count
        began_s = {name: cpu_s(process) for name, (_, process) in hubs.items()}
        for _ in range(ROUNDS):
            for name, chat in chats.items():
                sending = [asyncio.create_task(sender.go_on()) for sender in senders[name]]
                waits[name] += await open_loop(chat, asking(cycle(SEEN)), PER_S, ROUND_S)
                for task in sending:
                    task.cancel()
                await asyncio.gather(*sending, return_exceptions=True)
    for name, (_, process) in hubs.items():
        figures[f"{name}_cpu_s"] = rounded(cpu_s(process) - began_s[name])
    for name, waited in waits.items():
        sent, opened = ([s for sender in senders[name] for s in getattr(sender, kind)] for kind in ("sent_s", "open_s"))
        figures |= {f"{name}_p50_ms": percentile(waited, 50), f"{name}_p99_ms": percentile(waited, 99), f"{name}_files": len(sent),
                    f"{name}_sent_ms": rounded(median(sent) * 1000), f"{name}_open_ms": rounded(median(opened) * 1000)}
    return figures | {"p99_ms_ratio": rounded(figures["checked_p99_ms"] / figures["unchecked_p99_ms"]),
                      "cpu_ratio": rounded(figures["checked_cpu_s"] / figures["unchecked_cpu_s"])}


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        daemon = Daemon(Path(folder) / "clamd")
        daemon.start()
        first, second = free_ports(2)
        told = f'\n[scanner]\ndriver = "clamd"\nsettings = {{ socket = "{daemon.socket}" }}\n'
        try:
            with hub(Path(folder) / "unchecked", first) as unchecked, hub(Path(folder) / "checked", second, told) as checked:
                report("quarantine", uvloop.run(measure({"unchecked": unchecked, "checked": checked})), GOALS)
        finally:
            daemon.stop()


if __name__ == "__main__":
    main()
