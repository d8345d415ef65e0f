"""The robot's dialogues: turns a second over Rasa's REST channel, the hub against a real Rasa server, in one run.

Both talk by the house's own project, with eight citizens at once who hold the conversations of tests/bots/peer/centre.txt; then with
eight who ask something that was never asked before. Each server, Rasa's action server and the client have a process of their own.
Rounds alternate. The hub keeps every turn on the disk, Rasa in memory. Memory is that of all processes that it takes: the hub does the
house's actions itself, Rasa has them done by an action server. Needs Python 3.10 (tests/peers/rasa.py).
"""

import asyncio
import itertools
import os
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from statistics import median, quantiles

import aiohttp
import uvloop

from benchmarks.chat import server
from benchmarks.report import fdatasyncs_per_s, report, rounded
from bots.project.project import read_examples
from tests.bots.peer.talks import conversations
from tests.house import hub_of
from tests.peers.ports import free_ports
from tests.peers.rasa import copied, serving, trained

CITIZENS = 8
ROUND_S, ROUNDS = 6.0, 5
CENTRE = Path(str(files("bots"))) / "projects" / "centre"
CONFIG = """
[centre]
code = "001"
name = "Центр"
[robot]
project = "centre"
[[channels]]
driver = "web.rasa"
[[queues]]
id = "general"
title = "Общие вопросы"
[[topics]]
id = "other"
title = "Другое"
"""
GOALS = ["ratio >= 10", "p99_ms <= 50", "memory_ratio <= 0.333"]
WEBHOOK = "/webhooks/rest/webhook"
_senders = itertools.count()


class Round:
    """The turns of one round: how long each took, in seconds."""

    def __init__(self) -> None:
        self.waits: list[float] = []

    @property
    def per_s(self) -> float:
        return len(self.waits) / ROUND_S


async def talk(http: aiohttp.ClientSession, url: str, talks: Iterator[list[str]], end: float, kept: Round) -> None:
    """One citizen after another, each with a conversation of his own; what ends after `end` does not count."""
    while time.perf_counter() < end:
        sender = f"b{next(_senders)}"
        for words in next(talks):
            start = time.perf_counter()
            async with http.post(url + WEBHOOK, json={"sender": sender, "message": words}) as answer:
                lines = await answer.json()
            if (now := time.perf_counter()) >= end:
                return
            assert answer.status == 200, lines
            kept.waits.append(now - start)
            if not lines:
                break  # a person has it


async def round_of(http: aiohttp.ClientSession, url: str, talks: Iterator[list[str]]) -> Round:
    kept, end = Round(), time.perf_counter() + ROUND_S
    await asyncio.gather(*(talk(http, url, talks, end, kept) for _ in range(CITIZENS)))
    return kept


def unheard(talks: list[list[str]]) -> Iterator[list[str]]:
    """Single questions in words that nobody has used before: what was kept aside of the project, between other words."""
    chance = random.Random(len(talks))
    asked = [example.text for example in read_examples(CENTRE / "held_out.yml").said]
    around = ("подскажите", "скажите пожалуйста", "добрый день", "а", "и ещё", "вопрос такой", "срочно", "мне", "вот", "у меня", "помогите")
    for number in itertools.count():
        yield [f"{chance.choice(around)} {chance.choice(around)} {chance.choice(asked)} {number}"]


def tree(process: int) -> Iterator[int]:
    """A process and all that it has started."""
    yield process
    for children in Path(f"/proc/{process}/task").glob("*/children"):
        for child in children.read_text().split():
            yield from tree(int(child))


def memory_mb(process: int) -> float:
    """What all its processes hold resident, in MB."""
    lines = (line for one in tree(process) for line in Path(f"/proc/{one}/status").read_text().splitlines())
    return sum(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024


def percentile(rounds: list[Round], percent: int) -> float:
    return rounded(quantiles([wait for one in rounds for wait in one.waits], n=100)[percent - 1] * 1000)


async def measure(urls: dict[str, str]) -> dict[str, list[Round]]:
    """Rounds by name: rasa and hub, and the same with words that are new."""
    talks = conversations("centre")
    rounds: dict[str, list[Round]] = {}
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=CITIZENS)) as http:
        known, new = {name: itertools.cycle(talks) for name in urls}, {name: unheard(talks) for name in urls}
        for name, url in urls.items():
            await round_of(http, url, known[name])
        for _ in range(ROUNDS):
            for kind, words in (("", known), ("_new", new)):
                for name, url in urls.items():
                    done = await round_of(http, url, words[name])
                    rounds.setdefault(name + kind, []).append(done)
                    waited = f"p50 {percentile([done], 50)} ms, p99 {percentile([done], 99)} ms"
                    print(f"{name}{kind}: {done.per_s:,.0f} turns/s, {waited}", flush=True)
    return rounds


async def run(folder: Path) -> dict[str, float]:
    project = copied(CENTRE, folder / "centre")
    (folder / "rasa").mkdir()
    (folder / "okno.toml").write_text(CONFIG, encoding="utf8")
    model, load, disk = trained(project), os.getloadavg()[0], fdatasyncs_per_s(folder)
    actions_port, port = free_ports(2)
    hub_command = [str(Path(sys.executable).with_name("okno")), "run", "--config", str(folder / "okno.toml")]
    action_server = [sys.executable, "-m", "benchmarks.action_server", str(actions_port)]
    environment = {"OKNO_DATA": str(folder / "data"), "OKNO_LISTEN": f"127.0.0.1:{port}", "OKNO_LIMITS": "off"}
    with server(action_server, "ready") as actions, server(hub_command, "openapi", **environment) as hub:
        async with serving(model, folder / "rasa", f"http://127.0.0.1:{actions_port}/webhook") as rasa:
            rounds = await measure({"rasa": rasa.url, "hub": f"http://127.0.0.1:{port}"})
            memory = {"hub": memory_mb(hub_of(hub.pid)), "rasa": memory_mb(rasa.process), "actions": memory_mb(actions.pid)}
    rates = {name: [one.per_s for one in kept] for name, kept in rounds.items()}
    ratios = {kind: median(h / r for h, r in zip(rates["hub" + kind], rates["rasa" + kind], strict=True)) for kind in ("", "_new")}
    per_s = {name: rounded(median(kept)) for name, kept in rates.items()}
    return {
        "turns_per_s": per_s["hub"], "rasa_turns_per_s": per_s["rasa"], "ratio": rounded(ratios[""]),
        "new_per_s": per_s["hub_new"], "rasa_new_per_s": per_s["rasa_new"], "ratio_new": rounded(ratios["_new"]),
        "p50_ms": percentile(rounds["hub"], 50), "p99_ms": percentile(rounds["hub"], 99), "new_p99_ms": percentile(rounds["hub_new"], 99),
        "rasa_p50_ms": percentile(rounds["rasa"], 50), "rasa_p99_ms": percentile(rounds["rasa"], 99),
        "rasa_new_p99_ms": percentile(rounds["rasa_new"], 99),
        "memory_mb": rounded(memory["hub"]), "rasa_memory_mb": rounded(memory["rasa"]),
        "action_server_memory_mb": rounded(memory["actions"]),
        "memory_ratio": rounded(memory["hub"] / (memory["rasa"] + memory["actions"])),
        "load_before": rounded(load), "fdatasync_per_s": rounded(disk)}


def main() -> None:
    with tempfile.TemporaryDirectory(dir="var" if Path("var").is_dir() else None) as folder:
        report("bot", uvloop.run(run(Path(folder))), GOALS)


if __name__ == "__main__":
    main()
