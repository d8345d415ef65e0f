"""The centre's dialogue by web chat: 500 messages a second, half of them new to the robot, and what becomes of them.

Open loop: a message is sent when it is due, whatever comes back. The hub has a process of its own, the client another. Half of what is
said are buttons and questions that were said before; half are examples of the project with a slip and other words around them, each
for the first time. A conversation has one message under way, and is left when it has gone to a person.
"""

import argparse
import asyncio
import os
import random
import re
import subprocess
import sys
import tempfile
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from importlib.resources import files
from itertools import cycle
from pathlib import Path
from statistics import quantiles
from time import perf_counter

import aiohttp
import uvloop

from benchmarks.chat import keys
from benchmarks.report import fdatasyncs_per_s, report, rounded
from bots.knowledge.faq import FaqBot
from bots.knowledge.knowledge_file import read_articles
from bots.project.project import read_project
from bots.russian import Russian
from okno.drivers import channel_traits
from tests.house import hub_of
from tests.peers.ports import free_ports

CONVERSATIONS, PER_S, SECONDS, LOADED_S = 3_000, 500, 20, 3
KNOWN = ("Как получить загранпаспорт?", "Мои права", "Часы работы МФЦ", "где узнать свой ИНН", "Оформить СНИЛС", "здравствуйте", "спасибо")
LONGEST_S = 60
GOALS = ["lost <= 0", "answer_p99_ms <= 1000", "stop_s <= 3", "start_s <= 3"]
BEFORE = ("", "здравствуйте", "добрый день", "подскажите", "скажите пожалуйста", "а", "ну", "девушка", "у меня вопрос", "хочу узнать")
AFTER = ("", "пожалуйста", "спасибо", "срочно", "сегодня", "если можно", "мне", "а то не понимаю", "заранее благодарю")


def new_sayings(count: int) -> list[str]:
    """Examples of the project, each with a slip and other words around it, that nobody has said before and that call no person."""
    chance = random.Random(count)
    knowledge = FaqBot(Russian(), "", channel_traits())
    knowledge.learn(read_articles((files("okno.demo") / "articles.toml").read_text(encoding="utf8")))
    project = read_project(Path(str(files("bots") / "projects" / "centre")))
    said = [one.text for one in project.examples.said if one.intent and knowledge.steers(one.text) is None]
    found: dict[str, None] = {}
    while len(found) < count:
        text = " ".join(f"{chance.choice(BEFORE)} {slipped(chance.choice(said), chance)} {chance.choice(AFTER)}".split())
        if knowledge.steers(text) is None:
            found[text] = None
    return list(found)


def slipped(text: str, chance: random.Random) -> str:
    """A letter is lost in one of the longer words."""
    words = text.split()
    long = [i for i, word in enumerate(words) if len(word) > 5]
    if long:
        i = chance.choice(long)
        at = chance.randrange(1, len(words[i]) - 1)
        words[i] = words[i][:at] + words[i][at + 1:]
    return " ".join(words)


class Conversation:
    """One citizen's socket, with at most one message under way."""

    def __init__(self, crowd: "Crowd", socket: aiohttp.ClientWebSocketResponse) -> None:
        self._crowd, self._socket = crowd, socket
        self._due = 0.0
        self.greeted, self.with_robot = asyncio.Event(), True

    async def say(self, text: str, key: str, due: float) -> None:
        self._due = due
        await self._socket.send_json({"type": "say", "key": key, "text": text})

    async def listen(self) -> None:
        async for frame in self._socket:
            wait, data = perf_counter() - self._due, str(frame.data)
            self.greeted.set()
            if data.startswith('{"type":"state"'):
                self.with_robot = '"holder":"bot"' in data
            elif self._due and data.startswith('{"type":"stored"'):
                self._crowd.acknowledged.append(wait)
            elif self._due and '"author":"bot"' in data:
                self._due = 0.0
                self._crowd.answered(self, wait)


class Crowd:
    """Everybody who talks at once."""

    def __init__(self) -> None:
        self.acknowledged: list[float] = []
        self.waits: list[float] = []
        self.persons = 0
        """Conversations that went to a person, and were left."""
        self._free: deque[Conversation] = deque()
        self._freed = asyncio.Event()
        self._names = keys("t")
        self._tasks: list[asyncio.Task[None]] = []

    async def come(self, base: str, http: aiohttp.ClientSession, count: int) -> None:
        for _ in range(count):
            async with http.post(f"{base}/chat/sessions") as response:
                token = (await response.json())["token"]
            conversation = Conversation(self, await http.ws_connect(f"{base}/chat/socket?token={token}", max_msg_size=0))
            self._tasks.append(asyncio.create_task(conversation.listen()))
            await conversation.greeted.wait()
            self._free.append(conversation)

    def answered(self, conversation: Conversation, wait: float) -> None:
        self.waits.append(wait)
        self._free.append(conversation)
        self._freed.set()

    async def _next(self) -> Conversation:
        """Whoever has been silent for longest and still talks with the robot."""
        while True:
            while not self._free:
                self._freed.clear()
                await self._freed.wait()
            if (conversation := self._free.popleft()).with_robot:
                return conversation
            self.persons += 1

    async def talk(self, texts: Iterator[str], per_s: float, seconds: float) -> int:
        """How many messages were sent."""
        start, total = perf_counter(), int(per_s * seconds)
        for number in range(total):
            due = start + number / per_s
            if (pause := due - perf_counter()) > 0:
                await asyncio.sleep(pause)
            await (await self._next()).say(next(texts), next(self._names), due)
        return total

    async def silence(self, count: int) -> None:
        """Until so many answers have come, or it is too late for more."""
        with suppress(TimeoutError):
            async with asyncio.timeout(LONGEST_S):
                while len(self.waits) < count or len(self.acknowledged) < count:
                    self._freed.clear()
                    await asyncio.wait_for(self._freed.wait(), LONGEST_S)


def mixed(new: Iterator[str]) -> Iterator[str]:
    """By turns known and new."""
    for known in cycle(KNOWN):
        yield known
        yield next(new)


async def understood(base: str, http: aiohttp.ClientSession) -> dict[str, float]:
    async with http.get(f"{base}/metrics") as response:
        found = re.findall(r'okno_nlu_messages_total\{how="(\w+)"\} (\S+)', await response.text())
    return {how: float(value) for how, value in found}


def memory_mb(pid: int, what: str) -> float:
    found = re.search(rf"{what}:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text("utf-8"))
    return float(found[1]) / 1024 if found else 0.0


def percentiles(name: str, waits: list[float]) -> dict[str, float]:
    cuts = quantiles(waits, n=100)
    return {f"{name}_p50_ms": rounded(cuts[49] * 1000), f"{name}_p99_ms": rounded(cuts[98] * 1000)}


async def measure(base: str, hub: "subprocess.Popen[str]", new: Iterator[str], per_s: int) -> dict[str, float]:
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http:
        first = Crowd()
        await first.come(base, http, 1)
        await first.talk(iter([next(new)]), 1, 1)
        await first.silence(1)
        crowd = Crowd()
        await crowd.come(base, http, CONVERSATIONS)
        before, idle_mb = await understood(base, http), memory_mb(hub_of(hub.pid), "VmRSS")
        texts = mixed(new)
        sent = await crowd.talk(texts, per_s, SECONDS)
        await crowd.silence(sent)
        after = await understood(base, http)
        how = {each: after[each] - before.get(each, 0) for each in after}
        figures = {
            "first_answer_ms": rounded(first.waits[0] * 1000), **percentiles("acknowledged", crowd.acknowledged),
            **percentiles("answer", crowd.waits), "lost": float(sent - min(len(crowd.waits), len(crowd.acknowledged))),
            "hasty_share_of_new": rounded(how["fast"] / (how["fast"] + how["full"])), "to_persons": float(crowd.persons),
            "conversations_mb": rounded(idle_mb), "peak_mb": rounded(memory_mb(hub_of(hub.pid), "VmHWM"))}
        loaded = asyncio.create_task(crowd.talk(texts, per_s, LONGEST_S))
        await asyncio.sleep(LOADED_S)
        begun = perf_counter()
        hub.terminate()
        await asyncio.to_thread(hub.wait, LONGEST_S)
        loaded.cancel()
        return figures | {"stop_s": rounded(perf_counter() - begun)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--per-second", type=int, default=PER_S, metavar="N", help="messages a second (%(default)s)")
    per_s: int = parser.parse_args().per_second
    new = iter(new_sayings(per_s * (SECONDS + LOADED_S)))
    with tempfile.TemporaryDirectory(dir="var" if Path("var").is_dir() else None) as folder:
        disk, (port,) = fdatasyncs_per_s(Path(folder)), free_ports(1)
        environment = os.environ | {"OKNO_DATA": folder, "OKNO_LISTEN": f"127.0.0.1:{port}", "OKNO_LIMITS": "off"}
        begun = perf_counter()
        with subprocess.Popen([sys.executable, "-m", "okno", "run"], stdout=subprocess.PIPE, text=True, env=environment) as hub:
            assert hub.stdout
            next(line for line in hub.stdout if "openapi" in line)
            start_s, start_mb = perf_counter() - begun, memory_mb(hub_of(hub.pid), "VmRSS")
            figures = uvloop.run(measure(f"http://127.0.0.1:{port}", hub, new, per_s))
        report("talk", figures | {"start_s": rounded(start_s), "start_mb": rounded(start_mb), "fdatasync_per_s": rounded(disk),
                                  "load": rounded(os.getloadavg()[0])}, GOALS)


if __name__ == "__main__":
    main()
