"""A hub that strangers attack through every open door: how long it stands still, and whether anybody else notices.

2,000 chat messages, 200 letters, 200 uploads, 100 forms and 100 webhooks come in beside each other, made of families of attacks by a
seed that is printed (`--seed N` repeats a run). Meanwhile /healthz is asked twenty times a second, and citizens who mean no harm chat:
each of their messages must be stored within a second, and all of them must be there afterwards. Limits on senders are off: what is
measured is the hub, not its door.
"""

import argparse
import asyncio
import base64
import hashlib
import hmac
import json
import os
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from http.client import HTTPConnection
from importlib.resources import files
from pathlib import Path
from select import select
from subprocess import PIPE
from time import perf_counter
from typing import NoReturn, Protocol
from urllib.parse import urlsplit

import aiohttp
import aiosmtplib
import uvloop
from tqdm import tqdm

from benchmarks import attacks
from benchmarks.chat import server
from benchmarks.foreign_attacks import ForeignAttacks
from benchmarks.report import report, rounded
from channels.web.appeal import new_code
from tests.peers.ports import free_ports

MESSAGES, LETTERS, UPLOADS, FORMS, HOOKS = 2_000, 200, 200, 100, 100
AT_ONCE = {"chat": 8, "letter": 4, "upload": 4, "form": 2, "hook": 2}
CITIZENS, EVERY_S = 10, 0.5
ASKED_EVERY_S = 0.05
FILES = 0.3
"""How many forms have a file; most are refused for it."""
PATIENCE_S = 120
"""For one request; whatever takes longer counts as so long."""
UNANSWERED = {"TimeoutError", "500", "ServerDisconnectedError", "ClientOSError", "ConnectionResetError"}
GOALS = ["healthz_slowest_ms <= 250", "stored_slowest_ms <= 1000", "lost <= 0", "unanswered <= 0"]
QUESTION = "Как получить загранпаспорт?"
SECRET = base64.b64encode(bytes(range(32))).decode()

Attack = Callable[[int], Awaitable[str]]
"""Makes and sends the attack of a number; gives what was answered."""


class Source(Protocol):
    """What attacks are made of: families of our own (attacks.py), or what others have collected."""

    def text(self, chance: random.Random, most: int = ...) -> str: ...

    def letter(self, chance: random.Random, number: int) -> bytes: ...

    def upload(self, chance: random.Random) -> bytes: ...


class Attackers:
    """Strangers at each door; each has a source of chance of its own."""

    def __init__(self, seed: int, base: str, smtp: int, http: aiohttp.ClientSession, source: Source) -> None:
        self._seed, self._base, self._smtp, self._http, self._source = seed, base, smtp, http, source
        self.answers: Counter[str] = Counter()

    def attacks(self) -> dict[str, tuple[int, Attack]]:
        return {
            "chat": (MESSAGES, self._chat), "letter": (LETTERS, self._letter), "upload": (UPLOADS, self._upload),
            "form": (FORMS, self._form), "hook": (HOOKS, self._hook)}

    def _chance(self, door: str, number: int) -> random.Random:
        return random.Random(f"{self._seed} {door} {number}")

    async def _session(self) -> str:
        async with self._http.post(f"{self._base}/chat/sessions", json={}) as answer:
            return str((await answer.json())["token"])

    async def _chat(self, number: int) -> str:
        async with self._http.ws_connect(f"{self._base}/chat/socket?token={await self._session()}") as line:
            await line.send_json({"type": "say", "key": f"h{number}", "text": self._source.text(self._chance("chat", number))})
            async for message in line:
                told = message.json()
                if told["type"] in {"stored", "refused", "error"}:
                    return str(told["type"])
        return "closed"

    async def _letter(self, number: int) -> str:
        try:
            async with aiosmtplib.SMTP(hostname="127.0.0.1", port=self._smtp, start_tls=False, timeout=PATIENCE_S) as client:
                given = self._source.letter(self._chance("letter", number), number)
                await client.sendmail(f"stranger{number}@home.example", ["ask@centre.example"], given)
        except aiosmtplib.SMTPResponseException as error:
            return str(error.code)
        except aiosmtplib.SMTPRecipientsRefused as error:
            return str(error.recipients[0].code)
        return "250"

    async def _upload(self, number: int) -> str:
        address = f"{self._base}/chat/files?token={await self._session()}&name=a.docx"
        async with self._http.post(address, data=self._source.upload(self._chance("upload", number))) as answer:
            return str(answer.status)

    async def _form(self, number: int) -> str:
        chance = self._chance("form", number)
        sheet = aiohttp.FormData(default_to_multipart=True)
        words = self._source.text(chance, chance.choice((4_000, 7_900, 7_900, 300_000)))
        fields = {"key": new_code(), "text": words, "consent": "1", "reply": "look", "person": "individual", "lang": "ru",
                  "name": self._source.text(chance, 180)}
        for name, value in fields.items():
            sheet.add_field(name, value)
        name = "".join(sign for sign in self._source.text(chance, 300) if sign.isprintable()) + ".zip"  # others no client sends
        if chance.random() < FILES:
            sheet.add_field("files", self._source.upload(chance), filename=name, content_type="application/zip")
        async with self._http.post(f"{self._base}/form", data=sheet, allow_redirects=False) as answer:
            return str(answer.status)

    async def _hook(self, number: int) -> str:
        chance = self._chance("hook", number)
        words = self._source.text(chance, chance.choice((8_000, 8_000, 80_000)))
        body = json.dumps({"from": f"stranger{number}", "text": words}).encode()
        at, key = str(int(time.time())), base64.b64decode(SECRET)
        signed = base64.b64encode(hmac.new(key, f"{number}.{at}.".encode() + body, hashlib.sha256).digest()).decode()
        headers = {"webhook-id": str(number), "webhook-timestamp": at, "webhook-signature": f"v1,{signed}",
                   "Content-Type": "application/json"}
        async with self._http.post(f"{self._base}/hook/messages", data=body, headers=headers) as answer:
            return str(answer.status)

    async def come(self, bar: "tqdm[NoReturn]") -> None:
        """All at all doors, as many at once as stand in AT_ONCE."""
        async with asyncio.TaskGroup() as group:
            for door, (count, attack) in self.attacks().items():
                numbers = iter(range(count))
                for _ in range(AT_ONCE[door]):
                    group.create_task(self._at(door, attack, numbers, bar))

    async def _at(self, door: str, attack: Attack, numbers: Iterator[int], bar: "tqdm[NoReturn]") -> None:
        for number in numbers:
            try:
                told = await asyncio.wait_for(attack(number), PATIENCE_S)
            except (TimeoutError, aiohttp.ClientError, aiosmtplib.SMTPException, OSError) as error:
                told = type(error).__name__
            self.answers[f"{door} {told}"] += 1
            bar.update()


def watch(base: str) -> list[float]:
    """Ask whether the hub lives until the input ends, as a balancer does: by a process that makes no attacks meanwhile. Seconds."""
    waits: list[float] = []
    hub = urlsplit(base)
    line = HTTPConnection(hub.hostname or "", hub.port, timeout=PATIENCE_S)
    while not select([sys.stdin], [], [], ASKED_EVERY_S)[0]:
        began = perf_counter()
        line.request("GET", "/healthz")
        line.getresponse().read()
        waits.append(perf_counter() - began)
    return waits


class Citizen:
    """Somebody who means no harm, and asks every half a second."""

    def __init__(self, base: str) -> None:
        self._base = base
        self.waits: list[float] = []
        self.lost = 0

    async def ask(self, over: asyncio.Event) -> None:
        timeout = aiohttp.ClientTimeout(PATIENCE_S)
        async with aiohttp.ClientSession(timeout=timeout) as http:
            async with http.post(f"{self._base}/chat/sessions", json={}) as answer:
                token = (await answer.json())["token"]
            keys: list[str] = []
            async with http.ws_connect(f"{self._base}/chat/socket?token={token}") as line:
                while not over.is_set():
                    keys.append(f"c{len(keys)}")
                    began = perf_counter()
                    await line.send_json({"type": "say", "key": keys[-1], "text": QUESTION})
                    await stored(line, keys[-1])
                    self.waits.append(perf_counter() - began)
                    await asyncio.sleep(EVERY_S)
            async with http.ws_connect(f"{self._base}/chat/socket?token={token}") as again:
                there: set[str] = set()
                while (told := await again.receive_json(timeout=PATIENCE_S))["type"] != "state":
                    there.add(told.get("key", ""))
            self.lost = len(set(keys) - there)


async def stored(line: aiohttp.ClientWebSocketResponse, key: str) -> None:
    told: dict[str, str] = {}
    while told.get("type") != "stored" or told["key"] != key:
        told = await line.receive_json(timeout=PATIENCE_S)


async def attacked(seed: int, base: str, smtp: int, source: Source) -> dict[str, float]:
    over, citizens = asyncio.Event(), [Citizen(base) for _ in range(CITIZENS)]
    health = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "benchmarks.hostile", "--watch", base, stdin=PIPE, stdout=PIPE)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0), timeout=aiohttp.ClientTimeout(PATIENCE_S)) as http:
        attackers = Attackers(seed, base, smtp, http, source)
        began = perf_counter()
        async with asyncio.TaskGroup() as group:
            for citizen in citizens:
                group.create_task(citizen.ask(over))
            with tqdm(total=sum(count for count, _ in attackers.attacks().values()), unit=" attacks", file=sys.stderr) as bar:
                await attackers.come(bar)
            took = perf_counter() - began
            over.set()
    asked, _ = await health.communicate(b"")
    health_waits = json.loads(asked)
    for told, count in sorted(attackers.answers.items()):
        print(f"{told}: {count}", file=sys.stderr)
    waits = [wait for citizen in citizens for wait in citizen.waits]
    return {
        "seed": seed, "seconds": rounded(took),
        "healthz_slowest_ms": rounded(max(health_waits) * 1e3), "healthz_p99_ms": at_99(health_waits),
        "stored_slowest_ms": rounded(max(waits) * 1e3), "stored_p99_ms": at_99(waits), "stored": len(waits),
        "lost": sum(citizen.lost for citizen in citizens),
        "unanswered": sum(count for told, count in attackers.answers.items() if told.partition(" ")[2] in UNANSWERED)}


def at_99(waits: Sequence[float]) -> float:
    return rounded(sorted(waits)[int(len(waits) * 0.99)] * 1e3)


def written(folder: Path, smtp: int) -> Path:
    """The configuration of the demonstration, with every door that strangers find open."""
    for name, content in (("hook", f"whsec_{SECRET}"), ("mail", base64.b64encode(os.urandom(32)).decode())):
        (folder / name).write_text(content + "\n", encoding="ascii")
    mail = {"domain": "centre.example", "address": "ask@centre.example", "key_file": str(folder / "mail")}
    settings = "\n".join(f"{name} = {json.dumps(value)}" for name, value in mail.items())
    config = (files("okno.demo") / "okno.toml").read_text(encoding="utf8") + f"""
[[channels]]
driver = "web.form"
[[channels]]
driver = "web.hook"
settings = {{ url = "http://127.0.0.1:1/", secrets = ["{folder / "hook"}"] }}
[[channels]]
driver = "email.mail"
[channels.settings]
{settings}
listen = {{ host = "127.0.0.1", port = {smtp}, connections_each = 100 }}
relay = {{ host = "127.0.0.1", port = 1, tls = "none" }}
"""
    path = folder / "okno.toml"
    path.write_text(config, encoding="utf8")
    return path


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32),
                        help="what the attacks are made of; the same seed repeats a run")
    parser.add_argument("--of", type=Path, metavar="FOLDER",
                        help="attacks of others instead: each line of its files is a text, each .eml a letter, each file an upload")
    parser.add_argument("--watch", metavar="BASE", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.watch:
        print(json.dumps(watch(arguments.watch)))
        return
    seed = arguments.seed
    print(f"seed {seed}", file=sys.stderr)
    attacks.words()  # nobody who attacks waits for them
    source: Source = attacks
    if arguments.of:
        try:
            source = ForeignAttacks(arguments.of)
        except ValueError as error:
            parser.error(str(error))
    with tempfile.TemporaryDirectory() as name:
        port, smtp = free_ports(2)
        okno = [str(Path(sys.executable).with_name("okno")), "run", "--config", str(written(Path(name), smtp))]
        with server(okno, "openapi", OKNO_DATA=f"{name}/data", OKNO_LISTEN=f"127.0.0.1:{port}", OKNO_LIMITS="off"):
            figures = uvloop.run(attacked(seed, f"http://127.0.0.1:{port}", smtp, source))
    report("hostile", figures, GOALS)


if __name__ == "__main__":
    main()
