"""Citizens and operators' telephones: SIPp, each a process of its own, with what went over the wire."""

import asyncio
import re
import subprocess
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

from msgspec import Struct

from tests.channels.line import PATIENCE_S
from tests.missing_programs import need
from tests.peers import scenarios
from tests.peers.asterisk import OF_ITS_OWN, PHONES, TRUNK, Asterisk
from tests.peers.ports import free_udp_ports
from tests.peers.scenarios import Step

_SAID = re.compile(r"^-{20,} (\S+ \S+)\n\w+ message (sent|received)[^\n]*\n\n(.*?)(?=^-{20,} |\Z)", re.MULTILINE | re.DOTALL)


class Said(Struct, frozen=True):
    """A SIP message: `at` in seconds of the machine's clock, `sent` by SIPp, its first line, and who calls by its From."""

    at: float
    sent: bool
    line: str
    call: str
    caller: str


class Sipp:
    """One process; it ends when all its calls have."""

    def __init__(self, folder: Path, process: asyncio.subprocess.Process, exchange: Asterisk) -> None:
        self._folder, self._process, self._exchange = folder, process, exchange

    async def over(self) -> None:
        """Wait until every call went as the scenario says; fails with SIPp's own words if one did not."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                code = await self._process.wait()
        except TimeoutError:
            told = [self._exchange.cli(command) for command in ("core show channels verbose", "queue show")]
            raise AssertionError("\n".join(["the call is not over", self._read("errors"), self._read("wire"), *told])) from None
        assert code == 0, self._read("errors") + self._read("wire")

    def wire(self) -> list[Said]:
        """What was said, in the order of the wire."""
        return [Said(datetime.fromisoformat(at).timestamp(), way == "sent", text.split("\n", 1)[0].strip(), _call_id(text), _caller(text)) for at, way, text in _SAID.findall(self._read("wire"))]

    async def until(self, start: str) -> Said:
        """Wait for the first message that begins so, as "SIP/2.0 200" or "BYE"."""
        await _until(lambda: any(said.line.startswith(start) for said in self.wire()))
        return next(said for said in self.wire() if said.line.startswith(start))

    def header(self, name: str) -> str:
        """A header of the first message, without its name."""
        found = re.search(rf"^{name}: *([^\r\n]*)", self._read("wire"), re.MULTILINE | re.IGNORECASE)
        return found[1] if found else ""

    async def stop(self) -> None:
        if self._process.returncode is None:
            self._process.kill()
            await self._process.wait()

    def _read(self, name: str) -> str:
        path = self._folder / name
        return path.read_text(encoding="utf8", errors="replace") if path.exists() else ""


def _call_id(text: str) -> str:
    found = re.search(r"^Call-ID: *(\S+)", text, re.MULTILINE | re.IGNORECASE)
    return found[1] if found else ""


def _caller(text: str) -> str:
    found = re.search(r"^From:[^\n]*sips?:([^@>;]*)", text, re.MULTILINE | re.IGNORECASE)
    return found[1] if found else ""


class Town:
    """Everybody around one Asterisk; whoever is still there at the end is stopped."""

    def __init__(self, exchange: Asterisk, folder: Path) -> None:
        self._exchange, self._folder = exchange, folder
        self._all: list[Sipp] = []
        self._tone = self.sound()

    async def calls(self, *steps: Step, number: str = "79990001122", dialled: str = "88001002030", hangs_up: bool = False,
                    times: int = 1, per_s: int = 10, echoes: bool = False, media: int = 0) -> Sipp:
        """A citizen calls, and when he is answered does the steps; `times` makes many of him, `per_s` begin in a second.

        `media` is the port of a tests.peers.rtp.Handset that speaks and listens for him.
        """
        spoken = steps if media else self._speaking(steps, echoes)
        return await self._outbound_calls(scenarios.talks(number, spoken, hangs_up, media), dialled, times, per_s, echoes=echoes)

    async def gives_up(self, after_s: float, number: str = "79990001122", dialled: str = "88001002030") -> Sipp:
        """A citizen calls and hangs up before he is answered."""
        return await self._outbound_calls(scenarios.gives_up(number, after_s), dialled, 1, 10)

    async def operator_calls(self, name: str, dialled: str, *steps: Step, hangs_up: bool = False) -> Sipp:
        """An operator dials."""
        return await self._outbound_calls(scenarios.talks(name, self._speaking(steps), hangs_up), dialled, 1, 10, PHONES[name])

    async def answers(self, name: str, *steps: Step, after_s: float = 0.2, hangs_up: bool = False, times: int = 1,
                      echoes: bool = False) -> Sipp:
        """A telephone that is picked up `after_s` seconds after it begins to ring; `name` is op1 and so on, or trunk and trunk2: a citizen.

        Whoever `echoes` says nothing, and sends back what he hears.
        """
        return await self._called(name, scenarios.answers(after_s, self._speaking(steps, echoes), hangs_up), times, echoes=echoes)

    async def rings(self, name: str) -> Sipp:
        """A telephone that nobody picks up."""
        return await self._called(name, scenarios.rings(), 1)

    async def refuses(self, name: str, status: str = "486 Busy Here") -> Sipp:
        return await self._called(name, scenarios.refuses(status), 1)

    async def rings_and_fails(self, name: str) -> Sipp:
        return await self._called(name, scenarios.rings_and_fails(), 1)

    def sound(self, source: Path | None = None, hz: int = 440) -> Path:
        """A file for scenarios.speak: any sound that sox reads, else a tone."""
        path = self._folder / f"{source.stem if source else f'tone-{hz}'}.al"
        tone = ["synth", "2", "sine", str(hz), "gain", "-6"] if source is None else []
        subprocess.run(["sox", *(["-n"] if source is None else [str(source)]), "-t", "al", "-r", "8000", "-c", "1", str(path), *tone], check=True)
        return path

    def _speaking(self, steps: Sequence[Step], echoes: bool = False) -> Sequence[Step]:
        """A telephone sends sound from the first moment; Asterisk waits for it, half a second long, when it answers.

        Who presses keys is silent, for SIPp sends both as two streams, of which Asterisk reads some keys twice.
        """
        return steps if echoes or any("play_dtmf" in step for step in steps) else (scenarios.speak(self._tone), *steps)

    async def leave(self) -> None:
        for each in self._all:
            await each.stop()

    async def _outbound_calls(self, scenario: str, dialled: str, times: int, per_s: int, address: str = TRUNK, *, echoes: bool = False) -> Sipp:
        (port,) = free_udp_ports(1)
        more = ["-rtp_echo"] if echoes else []
        return await self._run(scenario, address, port, f"{self._exchange.address}:{self._exchange.sip}", "-s", dialled, "-m", str(times), "-r", str(per_s), *more)

    async def _called(self, name: str, scenario: str, times: int, *, echoes: bool = False) -> Sipp:
        cities = {"trunk": self._exchange.trunk, "trunk2": self._exchange.second}
        address, port = (TRUNK, cities[name]) if name in cities else (PHONES[name], self._exchange.phone)
        sipp = await self._run(scenario, address, port, "-m", str(times), *(["-rtp_echo"] if echoes else []))
        await _bound(address, port)
        return sipp

    async def _run(self, scenario: str, address: str, port: int, *arguments: str) -> Sipp:
        folder = self._folder / f"sipp-{len(self._all)}"
        folder.mkdir()
        (folder / "scenario.xml").write_text(scenario, encoding="utf8")
        (media,) = free_udp_ports(1)
        (control,) = free_udp_ports(1)
        process = await asyncio.create_subprocess_exec(
            *OF_ITS_OWN, "sipp", *arguments, "-sf", "scenario.xml", "-i", address, "-p", str(port), "-mi", address, "-mp", str(media - media % 2),
            "-ci", TRUNK, "-cp", str(control), "-nostdin", "-trace_msg", "-message_file", "wire", "-trace_err", "-error_file", "errors",
            cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        sipp = Sipp(folder, process, self._exchange)
        self._all.append(sipp)
        return sipp


async def _bound(address: str, port: int) -> None:
    """Wait until somebody listens there: a call that comes before is lost for half a second."""
    wanted = "".join(f"{int(part):02X}" for part in reversed(address.split("."))) + f":{port:04X}"
    await _until(lambda: wanted in Path("/proc/net/udp").read_text(encoding="ascii"))


async def _until(holds: Callable[[], bool]) -> None:
    """Wait for what another process does, which tells nobody."""
    async with asyncio.timeout(PATIENCE_S):
        while not holds():  # noqa: ASYNC110 - no event of ours
            await asyncio.sleep(0.01)


@asynccontextmanager
async def town(exchange: Asterisk, folder: Path, *, ends_calls: bool = False) -> AsyncIterator[Town]:
    """`ends_calls` where a whole hub runs: its calls end while the telephones are there to hear of it. What is told to them again later
    would be the next test's."""
    need("sipp")
    around = Town(exchange, folder)
    try:
        yield around
    finally:
        try:
            if ends_calls:
                await asyncio.to_thread(exchange.hang_up_all)
        finally:
            await around.leave()
