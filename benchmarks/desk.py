"""The desk with a thousand operators, in a house of a million conversations, and in a browser.

500 messages a second beside bare aiohttp that pushes the same bytes; conversations opened; the first load, a key while the network stands
still, and screens that catch up after the hub was away. Servers have their own processes, the clients another; rounds of both alternate.
Names of parts run these alone: `python -m benchmarks.desk pushing opening browser`.
"""

import asyncio
import hashlib
import random
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter

import aiohttp
import msgspec
import uvloop
from playwright.async_api import Browser, Page
from tqdm import tqdm

from benchmarks.chat import articles_alone, server
from benchmarks.desk_wire import Crowd
from benchmarks.growth import LARGE, WAITING, Speech, build
from benchmarks.report import report, rounded
from bots.russian import Russian
from hub.access.operator import Operator, Role, SignIn
from hub.conversations.address import Address
from hub.conversations.conversation import Conversation, WithOperator
from hub.conversations.journal import HandedOver, StoredEvent
from hub.conversations.message import Author, Message
from hub.conversations.ports import Commit, Store
from okno.app import running
from okno.config import load
from tests.browser.no_refresh import Moving
from tests.browser.stage import Stage, chromium
from tests.house import House, house_in, hub_of
from tests.peers.ports import free_ports

OPERATORS, PER_S, ROUND_S, ROUNDS = 1000, 500, 8, 3
OPENED = 500
BESIDE = ("identity", "history", "merges", "walks", "cases", "appointments", "status", "rights")
"""What the desk asks for as soon as a conversation is on the screen, each by a request of its own; and for all scripts."""
KEYS, FRAME = 60, "Ответ, который пишется, пока сеть стоит. "
NOW = datetime.now(UTC)
GOALS = ["delivery_p95_ms <= 200", "cpu_to_bare <= 3", "astray <= 0", "opening_p95_ms <= 100", "first_load_kb <= 350",
         "interactive_ms <= 1500", "key_stalled_p95_ms <= 50", "caught_up_ms <= 2000"]


def name(number: int) -> str:
    return f"operator-{number}"


async def furnish(store: Store, operators: int, held: bool) -> None:  # noqa: FBT001 - what it is called by says it
    """Operators who have signed in (the cookie is the login), each with a conversation of his where `held`."""
    for number in range(operators):
        await store.put(Operator(name(number), f"Оператор {number}", Role.OPERATOR if held else Role.ADMIN, ("general",)))
        await store.put(SignIn(hashlib.sha256(name(number).encode()).hexdigest(), name(number), "csrf", NOW, NOW + timedelta(hours=8)))
        if held:
            holder = WithOperator(name(number), NOW, "general", NOW)
            records = (StoredEvent((number + 1) * 1000, number + 1, Message(Author.CITIZEN, "Здравствуйте", NOW)),
                       StoredEvent((number + 1) * 1000 + 1, number + 1, HandedOver(NOW, holder, "accepted")))
            address = Address("web.chat", hashlib.sha256(name(number).encode()).hexdigest())
            head = Conversation(number + 1, f"001-261126-{number:05}-1", address, NOW, holder, last=records[-1].id)
            await store.commit(Commit(number + 1, 0, records, head))


async def lay_out(config: Path, data: Path, operators: int, *, held: bool) -> None:
    """A house before its hub runs."""
    async with running(load(config, {"OKNO_LISTEN": "127.0.0.1:0", "OKNO_DATA": str(data), "OKNO_LIMITS": "off"})) as hub:
        await furnish(hub.store, operators, held)


def cpu_s(pid: int) -> float:
    """Seconds of a processor that a process has had (proc(5))."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


@asynccontextmanager
async def crowd(desk: str, citizen: str, *, watch: bool) -> AsyncIterator[Crowd]:
    """Everybody at one server."""
    there = Crowd()
    base = desk.partition("/api")[0].replace("ws", "http", 1)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0), cookie_jar=aiohttp.DummyCookieJar()) as http:
        for n in range(OPERATORS):
            headers = {"Cookie": f"okno={name(n)}", "X-CSRF-Token": "csrf", "Origin": base}
            await there.enter(http, n, desk.format(name=name(n)), citizen.format(name=name(n)), headers, str(n + 1) if watch else "")
        await asyncio.sleep(2)  # what is told at first does not count
        try:
            yield there
        finally:
            await there.leave()


async def pushed(hub: str, hub_pid: int) -> dict[str, float]:
    """Delivery through the hub, and what it costs beside the bare server."""
    waits: list[float] = []
    ratios, cpus, pushing = [], [], []
    async with crowd(f"ws{hub[4:]}/api/socket", f"ws{hub[4:]}/chat/socket?token={{name}}", watch=True) as ours:
        await ours.write(PER_S, ROUND_S, 0)
        shape = ours.shape(PER_S * ROUND_S)
        print(f"a message is {shape}", file=sys.stderr)
        (port,) = free_ports(1)
        command = [sys.executable, "-m", "benchmarks.push_server", str(port), msgspec.json.encode(shape).decode()]
        with server(command, "ready") as bare:
            yard = f"ws://127.0.0.1:{port}"
            async with crowd(f"{yard}/desk?name={{name}}", f"{yard}/citizen?name={{name}}", watch=False) as theirs:
                for round_ in range(1, ROUNDS + 1):
                    spent = []
                    for people, pid in ((ours, hub_pid), (theirs, bare.pid)):
                        before = cpu_s(pid)
                        await people.write(PER_S, ROUND_S, round_ * 1_000_000)
                        spent.append(cpu_s(pid) - before)
                    waits += ours.waits
                    ratios.append(spent[0] / spent[1])
                    cpus.append(spent[0])
                    pushing.append(spent[1])
                    print(f"round {round_}: hub {spent[0]:.2f} s, bare {spent[1]:.2f} s", file=sys.stderr)
        await ours.look_away()
        before = cpu_s(hub_pid)
        await ours.write(PER_S, ROUND_S, (ROUNDS + 1) * 1_000_000)
        intake = cpu_s(hub_pid) - before
    messages = PER_S * ROUND_S
    return {"delivery_p50_ms": rounded(median(waits) * 1000), "delivery_p95_ms": rounded(quantiles(waits, n=20)[-1] * 1000),
            "cpu_to_bare": rounded(median(ratios)), "hub_cores": rounded(median(cpus) / ROUND_S), "astray": float(ours.astray),
            "cpu_us": rounded(median(cpus) / messages * 1e6), "bare_cpu_us": rounded(median(pushing) / messages * 1e6),
            "intake_cpu_us": rounded(intake / messages * 1e6)}


async def opened(hub: str, hub_pid: int) -> dict[str, float]:
    """All that the desk asks for, of conversations at random and of the newest by turns; the reason was stated before."""
    chance, shown, waits, spent = random.Random(3), [], [], 0.0
    headers = {"Cookie": f"okno={name(0)}", "X-CSRF-Token": "csrf", "Origin": hub}
    async with aiohttp.ClientSession(hub, headers=headers, cookie_jar=aiohttp.DummyCookieJar()) as http:
        async def ask(path: str) -> None:
            async with http.get(path) as answer:
                body = await answer.read()
                assert answer.status == 200, body

        for n in tqdm(range(OPENED), desc="conversations opened", file=sys.stderr, disable=None):
            path = f"/api/conversations/{(chance.randrange(LARGE - WAITING if n % 2 else 0, LARGE) + 1) << 10}"
            async with http.post(f"{path}/reason", json={"why": "проверка качества"}) as answer:
                assert answer.status == 200, await answer.text()
            before, start = cpu_s(hub_pid), perf_counter()
            await ask(path)
            shown.append((perf_counter() - start) * 1000)
            await asyncio.gather(ask("/api/scripts"), *(ask(f"{path}/{each}") for each in BESIDE))
            waits.append((perf_counter() - start) * 1000)
            spent += cpu_s(hub_pid) - before
    return {"shown_p50_ms": rounded(median(shown)), "shown_p95_ms": rounded(quantiles(shown, n=20)[-1]),
            "opening_p50_ms": rounded(median(waits)), "opening_p95_ms": rounded(quantiles(waits, n=20)[-1]),
            "opening_cpu_ms": rounded(spent / OPENED * 1000)}


async def loaded(browser: Browser, house: House, session: str) -> dict[str, float]:
    """What the desk's first load brings over the line, and when somebody who has signed in can work; of five fresh profiles."""
    sizes, times = [], []
    for _ in range(5):
        context = await browser.new_context(base_url=house.base)
        await context.add_cookies([{"name": "okno", "value": session, "url": house.base}])
        page = await context.new_page()
        wire = await context.new_cdp_session(page)
        bytes_ = [0.0]
        wire.on("Network.loadingFinished", lambda told, bytes_=bytes_: bytes_.__setitem__(0, bytes_[0] + told["encodedDataLength"]))
        await wire.send("Network.enable")
        start = perf_counter()
        await page.goto("/desk/")
        await page.get_by_test_id("rail").wait_for()
        times.append((perf_counter() - start) * 1000)
        await page.wait_for_load_state("networkidle")
        sizes.append(bytes_[0] / 1000)
        await context.close()
    return {"first_load_kb": rounded(max(sizes)), "interactive_ms": rounded(median(times))}


KEY = """(field) => new Promise((done) => {
  const waits = [];
  field.addEventListener('beforeinput', () => { const at = performance.now(); requestAnimationFrame(() => setTimeout(() => {
    waits.push(performance.now() - at); if (waits.length === %d) done(waits); })); });
})"""


async def keyed(page: Page) -> float:
    """From a key to the picture after it, in ms, at the 95th percentile, while nothing comes through the network."""
    field = page.get_by_test_id("words")
    wire = await page.context.new_cdp_session(page)
    await wire.send("Network.enable")
    slow = {"offline": False, "latency": 60_000, "downloadThroughput": 1, "uploadThroughput": 1}
    await wire.send("Network.emulateNetworkConditions", slow)
    await field.focus()
    waits = asyncio.create_task(field.evaluate(KEY % KEYS))
    await field.press_sequentially((FRAME * KEYS)[:KEYS], delay=40)
    return rounded(quantiles(await waits, n=20)[-1])


async def seen(house: House) -> dict[str, float]:
    """In a real browser."""
    async with chromium() as browser, Stage(browser, house) as stage:
        async with Moving(stage, house) as settings_transfer:
            session = next(cookie.value for cookie in settings_transfer.admin.http.cookie_jar if cookie.key == "okno")
            figures = await loaded(browser, house, session)
            figures["caught_up_ms"] = rounded(await settings_transfer.caught_up() * 1000)
            figures["key_stalled_p95_ms"] = await keyed(await settings_transfer.answering())
        return figures


def pushing(folder: Path, config: Path) -> dict[str, float]:
    uvloop.run(lay_out(config, folder, OPERATORS, held=True))
    with hub_in(folder, config) as (address, pid):
        return uvloop.run(pushed(address, pid))


def opening(folder: Path, config: Path) -> dict[str, float]:
    folder.mkdir()
    build(folder / "okno.db", LARGE, Speech(Russian(), random.Random(1)))
    uvloop.run(lay_out(config, folder, 1, held=False))
    with hub_in(folder, config) as (address, pid):
        return uvloop.run(opened(address, pid))


def browser(folder: Path, config: Path) -> dict[str, float]:
    folder.mkdir()
    with house_in(folder, config) as house:
        return asyncio.run(seen(house))


PARTS = {"pushing": pushing, "opening": opening, "browser": browser}


@contextmanager
def hub_in(folder: Path, config: Path) -> Iterator[tuple[str, int]]:
    """A hub in a process of its own: its address, and its process."""
    (port,) = free_ports(1)
    okno = [str(Path(sys.executable).with_name("okno")), "run", "--config", str(config)]
    with server(okno, "openapi", OKNO_DATA=str(folder), OKNO_LISTEN=f"127.0.0.1:{port}", OKNO_LIMITS="off") as hub:
        yield f"http://127.0.0.1:{port}", hub_of(hub.pid)


def main() -> None:
    figures: dict[str, float] = {}
    with tempfile.TemporaryDirectory(dir="var" if Path("var").is_dir() else None) as temporary:
        folder = Path(temporary)
        config = folder / "okno.toml"
        config.write_text(articles_alone(), encoding="utf8")
        for part in sys.argv[1:] or PARTS:
            figures |= PARTS[part](folder / part, config)
    report("desk", figures, GOALS)


if __name__ == "__main__":
    main()
