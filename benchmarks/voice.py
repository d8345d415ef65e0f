"""Calls through the whole hub and a real Asterisk, beside another Asterisk with a bare FastAGI server, in one run.

Set-up: 100 calls a second come, are answered and greeted, press 0 and wait in line; rounds alternate. Then 300 wait, a hundred operators
become ready one after the other, 100 callers talk while 200 hear music, and operators who are free again are rung for the next.
Citizens and telephones are SIPp; times are those of its messages. Audio is carried by Asterisk alone, and so are its figures.
"""

import asyncio
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path
from statistics import median, quantiles

import uvloop
from msgspec import Struct

from benchmarks.chat import server
from benchmarks.report import fdatasyncs_per_s, report, rounded
from bots.russian import Russian
from channels.voice.call_phrases import announced
from channels.voice.prompts import Prompts
from hub.reporting.contact_history import ContactProjection
from storage.sqlite import SqliteStore
from tests.channels.voice.test_telephone import CENTRE
from tests.house import Clerk, House, house_in, people
from tests.peers import scenarios
from tests.peers.asterisk import TRUNK, Asterisk, asterisk
from tests.peers.ports import free_udp_ports
from tests.peers.sipp import Said, Sipp

PER_S, CALLS, ROUNDS, WARM = 100, 500, 3, 60
GREETED_S, STAYS_S = 1.0, 2.0
"""For so long a caller of the rounds hears the greeting, and then waits in line."""
WAITING, BRIDGED, AGAIN = 200, 100, 50
"""How many are in line and how many talk at once; so many operators then end their talks and are rung again."""
COMING_PER_S, READY_PER_S = 25, 10
COUNTED_S = 10.0
PACKETS_PER_S = 50
DESK = "127.0.0.21"
"""Where all telephones of operators are."""
NAMES = [f"op{number}" for number in range(1, BRIDGED + 1)]
GOALS = ["set_up_ratio <= 1.5", "failed_calls <= 0", "ringing_p95_ms <= 100", "talking >= 100", "waiting >= 200", "packets_lost <= 0",
         "packets_share >= 0.98", "clock_gap_ms <= 100"]
_STATS = re.compile(
    r"^ *(?P<bridge>[0-9a-f]{8})? +(?P<name>\w+)-(?P<id>[0-9a-f]{8}) +\d\d:\d\d:\d\d +\w+ "
    r"+(?P<received>\d+) +(?P<lost>\d+) .*?\d\.\d{3} +(?P<sent>\d+) ",
    re.MULTILINE)


class Heard(Struct, frozen=True):
    """What Asterisk has counted for one leg of a call."""

    joined: bool
    received: int
    lost: int
    sent: int


def laid(folder: Path, scenario: str) -> None:
    folder.mkdir()
    (folder / "scenario.xml").write_text(scenario, encoding="utf8")


async def sipp(exchange: Asterisk, folder: Path, scenario: str, address: str, port: int, *arguments: str, media: int = 0) -> Sipp:
    laid(folder, scenario)
    media = media or free_udp_ports(1)[0]
    control = free_udp_ports(1)[0]
    process = await asyncio.create_subprocess_exec(
        "sipp", *arguments, "-sf", "scenario.xml", "-i", address, "-p", str(port), "-mi", address, "-mp", str(media - media % 2),
        "-ci", TRUNK, "-cp", str(control), "-l", "5000", "-nostdin",
        "-trace_msg", "-message_file", "wire", "-trace_err", "-error_file", "errors",
        cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return Sipp(folder, process, exchange)


class Crowd:
    """Citizens, each with a number of his own."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._called = folder, 0

    async def calls(self, exchange: Asterisk, steps: list[str], count: int, per_s: int, *, hang_up: bool) -> Sipp:
        first, self._called = self._called, self._called + count
        folder = self._folder / f"sipp-{first}"
        numbers = self._folder / f"numbers-{first}.csv"
        numbers.write_text("SEQUENTIAL\n" + "".join(f"7916{first + n:07d};\n" for n in range(count)), encoding="utf8")
        port = free_udp_ports(1)[0]
        return await sipp(exchange, folder, scenarios.talks("[field0]", steps, hang_up), TRUNK, port, f"127.0.0.1:{exchange.sip}",
                          "-s", "88001002030", "-m", str(count), "-r", str(per_s), "-inf", str(numbers))


# What it takes, and how long.

def cpu_s(pid: int) -> float:
    """Processor time that a process has taken, without its children."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


def set_up_s(wire: list[Said]) -> list[float]:
    """From each INVITE to its 200."""
    invited: dict[str, float] = {}
    answered: dict[str, float] = {}
    for said in wire:
        if said.sent and said.line.startswith("INVITE"):
            invited.setdefault(said.call, said.at)
        elif not said.sent and said.line.startswith("SIP/2.0 200"):
            answered.setdefault(said.call, said.at)
    return [answered[call] - at for call, at in invited.items() if call in answered]


def percentile_ms(waits: list[float], percent: int) -> float:
    return rounded(quantiles(waits, n=100)[percent - 1] * 1000)


class Rounds:
    """The same calls on two sides."""

    def __init__(self, crowd: Crowd) -> None:
        self._crowd = crowd
        self.waits: dict[str, list[list[float]]] = {}
        self.shares: dict[str, list[float]] = {}
        self.failed = 0

    async def run(self, name: str, exchange: Asterisk, pid: int, count: int, *, counts: bool = True) -> None:
        """`pid` is whoever decides: the hub, or the bare server."""
        steps = [scenarios.wait(GREETED_S), scenarios.tell("0", "[field0]"), scenarios.wait(STAYS_S)]
        processes = {name: pid, f"{name}_asterisk": exchange.pid}
        before, began = {each: cpu_s(of) for each, of in processes.items()}, time.monotonic()
        callers = await self._crowd.calls(exchange, steps, count, PER_S, hang_up=True)
        await callers.over()
        lasted = count / PER_S + GREETED_S + STAYS_S
        took = {each: (cpu_s(of) - before[each]) / lasted for each, of in processes.items()}
        waits = set_up_s(callers.wire())
        print(f"{name}: {len(waits)} calls, INVITE→200 p50 {percentile_ms(waits, 50)} ms, p95 {percentile_ms(waits, 95)} ms, "
              f"{time.monotonic() - began:.1f} s, {', '.join(f'{each} {share:.2f}' for each, share in took.items())}", flush=True)
        if counts:
            self.failed += count - len(waits)
            self.waits.setdefault(name, []).append(waits)
            for each, share in took.items():
                self.shares.setdefault(each, []).append(share)

    def figures(self) -> dict[str, float]:
        hub, bare = self.waits["hub"], self.waits["bare"]
        of = {name: [wait for each in rounds for wait in each] for name, rounds in self.waits.items()}
        return {
            "set_up_ratio": rounded(median(quantiles(h, n=20)[18] / quantiles(b, n=20)[18] for h, b in zip(hub, bare, strict=True))),
            **{f"{name}_set_up_p{percent}_ms": percentile_ms(waits, percent) for name, waits in of.items() for percent in (50, 95)},
            **{f"{name}_cpu_share": rounded(median(found)) for name, found in self.shares.items()}, "failed_calls": self.failed}


# Who waits, who talks, and whose telephone rings.

async def until(holds: Callable[[], bool], limit_s: float = 60.0) -> None:
    async with asyncio.timeout(limit_s):
        while not holds():  # noqa: ASYNC110 - no event of ours
            await asyncio.sleep(0.05)


def heard(exchange: Asterisk) -> dict[str, Heard]:
    """The counts of every leg, by its channel."""
    return {f"{found['name']}-{found['id']}": Heard(bool(found["bridge"]), int(found["received"]), int(found["lost"]), int(found["sent"]))
            for found in _STATS.finditer(exchange.cli("pjsip show channelstats"))}


async def legs(exchange: Asterisk) -> dict[str, Heard]:
    return await asyncio.to_thread(heard, exchange)


async def until_legs(exchange: Asterisk, fits: Callable[[list[Heard]], bool]) -> None:
    async with asyncio.timeout(60):
        while not fits(list((await legs(exchange)).values())):  # noqa: ASYNC110 - no event of ours
            await asyncio.sleep(0.2)


async def media(exchange: Asterisk) -> dict[str, float]:
    """What comes and goes on every leg for a while."""
    before, began = await legs(exchange), time.monotonic()
    await asyncio.sleep(COUNTED_S)
    after = await legs(exchange)
    due = (time.monotonic() - began) * PACKETS_PER_S
    both = [(before[leg], now) for leg, now in after.items() if leg in before]
    shares = [share / due for then, now in both for share in (now.received - then.received, now.sent - then.sent)]
    return {
        "talking": sum(now.joined for _, now in both) // 2, "waiting": sum(not now.joined for _, now in both),
        "packets_lost": sum(now.lost - then.lost for then, now in both), "packets_share": rounded(min(shares)),
        "packets_per_s": rounded(sum(shares) * PACKETS_PER_S)}


def rings(wire: list[Said]) -> dict[str, list[Said]]:
    """The calls that came to each operator's telephone."""
    found: dict[str, list[Said]] = {}
    for said in wire:
        if not said.sent and (match := re.match(r"INVITE sip:(op\d+)@", said.line)):
            calls = found.setdefault(match[1], [])
            if said.call not in {each.call for each in calls}:
                calls.append(said)
    return found


async def paced(clerks: list[Clerk], audit_entry: Callable[[Clerk], Awaitable[object]]) -> dict[str, float]:
    """Each does it in turn; when he began to."""
    times: dict[str, float] = {}
    tasks = []
    for clerk in clerks:
        times[clerk.login] = time.time()
        tasks.append(asyncio.ensure_future(audit_entry(clerk)))
        await asyncio.sleep(1 / READY_PER_S)
    await asyncio.gather(*tasks)
    return times


def tone_in(folder: Path) -> Path:
    tone = folder / "tone.al"
    subprocess.run(["sox", "-n", "-t", "al", "-r", "8000", "-c", "1", str(tone), "synth", "2", "sine", "440", "gain", "-6"], check=True)
    return tone


async def standing(exchange: Asterisk, house: House, crowd: Crowd, clerks: list[Clerk], folder: Path) -> dict[str, float]:
    tone = await asyncio.to_thread(tone_in, folder)
    phones = await sipp(exchange, folder / "phones", scenarios.answers(1, [], hangs_up=False).replace("[auto_media_port]", "[media_port]"),
                        DESK, exchange.phone, "-rtp_echo", "-m", str(BRIDGED + AGAIN), media=free_udp_ports(1)[0])
    steps = [scenarios.speak(tone), scenarios.wait(GREETED_S), scenarios.tell("0", "[field0]")]
    callers = await crowd.calls(exchange, steps, WAITING + BRIDGED, COMING_PER_S, hang_up=False)
    await until_legs(exchange, lambda all_: len(all_) >= WAITING + BRIDGED)
    await asyncio.sleep(GREETED_S + 2)  # the last have pressed 0

    ready = await paced(clerks, lambda clerk: clerk.does("PUT", "/api/presence", {"presence": "ready"}))
    await until_legs(exchange, lambda all_: sum(leg.joined for leg in all_) >= 2 * BRIDGED)
    processes = {"hub": house.pid, "asterisk": exchange.pid}
    before, began = {name: cpu_s(pid) for name, pid in processes.items()}, time.monotonic()
    counted = await media(exchange)
    lasted = time.monotonic() - began
    shares = {f"standing_{name}_cpu_share": rounded((cpu_s(pid) - before[name]) / lasted) for name, pid in processes.items()}

    talks = {clerk.login: (await clerk.does("GET", "/api/inbox"))["conversations"][0]["id"] for clerk in clerks[:AGAIN]}
    freed = await paced(clerks[:AGAIN], lambda clerk: clerk.does(
        "POST", f"/api/conversations/{talks[clerk.login]}/close", {"topic": "other"}))
    await until(lambda: sum(len(calls) for calls in rings(phones.wire()).values()) >= BRIDGED + AGAIN)
    await until_legs(exchange, lambda all_: sum(leg.joined for leg in all_) >= 2 * BRIDGED)
    await asyncio.to_thread(exchange.cli, "channel request hangup all")
    await asyncio.gather(callers.over(), phones.over())

    rang = rings(phones.wire())
    waits = [rang[login][0].at - at for login, at in ready.items()] + [rang[login][1].at - at for login, at in freed.items()]
    return counted | shares | {
        "ringing_p50_ms": percentile_ms(waits, 50), "ringing_p95_ms": percentile_ms(waits, 95)} | await clock(house, callers, phones)


async def clock(house: House, callers: Sipp, phones: Sipp) -> dict[str, float]:
    """How long everybody waited from his key to the operator's 200 (D3), by the wire and by the journal: the largest difference."""
    pressed = {said.caller: said.at for said in callers.wire() if said.sent and said.line.startswith("INFO")}
    of = {said.call: said.caller.lstrip("+") for calls in rings(phones.wire()).values() for said in calls}
    wire = {of[said.call]: said.at - pressed[of[said.call]] for said in reversed(phones.wire())
            if said.sent and said.line.startswith("SIP/2.0 200") and said.call in of}
    journal = await asyncio.to_thread(waited, house)
    gaps = [abs(journal[number] - waited_s) for number, waited_s in wire.items()]
    return {"clock_calls": len(gaps), "clock_gap_ms": rounded(max(gaps) * 1000), "clock_gap_p50_ms": rounded(median(gaps) * 1000)}


def waited(house: House) -> dict[str, float]:
    """The hub's own figure for each caller who was answered, out of the very journal."""
    async def read() -> dict[str, float]:
        store = SqliteStore(house.data / "okno.db", Russian())
        try:
            stories = ContactProjection()
            stories.read(await store.moves(0, 1 << 62))
            found = {}
            for contact in stories.contacts:
                head = await store.conversation(contact.conversation)
                if contact.answered and head:
                    found[head.address.value.lstrip("+")] = (contact.answered - contact.asked).total_seconds()
            return found
        finally:
            await store.close()
    return asyncio.run(read())


@asynccontextmanager
async def staff(house: House) -> AsyncIterator[list[Clerk]]:
    async with people(house) as crowd:
        admin = await crowd.admin()
        clerks = []
        for name in NAMES:
            opened = await admin.does("POST", "/api/operators", {"login": name, "name": name, "role": "operator", "queues": ["general"]})
            clerks.append(await crowd.stranger(name).sign_in(opened["one_time_password"]))
        yield clerks


async def measure(folder: Path, ours: Asterisk, bare: Asterisk, house: House, bare_pid: int) -> dict[str, float]:
    crowd = Crowd(folder)
    rounds = Rounds(crowd)
    async with staff(house) as clerks:
        for each in range(ROUNDS + 1):
            for name, exchange, pid in (("bare", bare, bare_pid), ("hub", ours, house.pid)):
                await rounds.run(name, exchange, pid, CALLS if each else WARM, counts=bool(each))  # the first warms up
        return rounds.figures() | await standing(ours, house, crowd, clerks, folder)


def main() -> None:
    with tempfile.TemporaryDirectory(dir="var" if Path("var").is_dir() else None) as name, ExitStack() as stack:
        folder = Path(name).absolute()
        disk = fdatasyncs_per_s(folder)
        quiet = "warning,error"
        ours = stack.enter_context(asterisk(dict.fromkeys(NAMES, DESK), LOG_LEVELS=quiet))
        bare = stack.enter_context(asterisk(LOG_LEVELS=quiet))
        for each in ("sounds", "recordings"):
            (ours.base / each).mkdir()
        greeting = asyncio.run(Prompts(ours.base / "sounds").sound(announced("Здравствуйте! Вам отвечает робот. " * 4, ())))
        server_ = stack.enter_context(server([sys.executable, "-m", "benchmarks.bare_agi", str(bare.hub), greeting], "ready"))
        config = folder / "centre.toml"
        config.write_text(CENTRE.format(base=ours.base, ami=ours.ami, hub=ours.hub), encoding="utf8")
        house = stack.enter_context(house_in(folder, config))
        figures = uvloop.run(measure(folder, ours, bare, house, server_.pid))
    report("voice", figures | {"fdatasync_per_s": rounded(disk)}, GOALS)


if __name__ == "__main__":
    main()
