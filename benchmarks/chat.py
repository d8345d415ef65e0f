"""The chat: question → durable store → answer from an article, against a bare echo, in one run.

Each server has its own process, the client a third. Rounds alternate, so that a change of the machine's speed meets both. The hub is
the built-in demonstration without its dialogue; benchmarks/talk.py measures that.
"""

import asyncio
import itertools
import os
import random
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from statistics import median, quantiles

import aiohttp
import msgspec
import uvloop

from benchmarks.chat_client import Question, Talker, closed_loop, open_loop, talkers
from benchmarks.report import fdatasyncs_per_s, report, rounded
from bots.knowledge.faq import FaqBot
from bots.knowledge.offices import Offices
from bots.knowledge.services import knowledge_of
from bots.russian import Russian
from hub.knowledge.article import Purpose
from hub.knowledge.handbook import KnowledgeSnapshot
from hub.robot.ports import Reply
from okno.config import load
from okno.content import content_of
from okno.drivers import channel_traits
from tests.peers.ports import free_ports

CONNECTIONS, WINDOW = 100, 1
ROUND_S, ROUNDS = 4.0, 5
NEW = 400_000
PEAK_PER_S = 500
SEEN = ("Как получить загранпаспорт?", "как оформить снилс ребёнку", "Мои права", "где узнать свой ИНН",
        "как записать ребенка в детский сад")
GOALS = ["ratio_to_echo >= 0.25", "ratio_new_to_echo >= 0.06", "peak_p99_ms <= 10"]


def articles_alone() -> str:
    """The configuration of the demonstration, with the robot that answers from articles alone."""
    builtin = (files("okno.demo") / "okno.toml").read_text(encoding="utf8")
    alone = re.sub(r'^project = ".+"$', 'project = ""', builtin, count=1, flags=re.MULTILINE)
    assert alone != builtin
    return alone


@contextmanager
def server(command: list[str], ready: str, **environment: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ | environment)
    try:
        assert process.stdout
        for line in process.stdout:
            if ready in line:
                break
        yield process
    finally:
        process.terminate()
        process.wait(60)


def keys(prefix: str) -> Iterator[str]:
    run = f"{random.getrandbits(32):08x}"
    return (f"{prefix}{run}{n}" for n in itertools.count())


def asking(texts: Iterator[str]) -> Question:
    """Frames with a key of their own each."""
    names = keys("b")
    encode = msgspec.json.Encoder().encode

    def question(number: int) -> bytes:
        del number
        return encode({"type": "say", "key": next(names), "text": next(texts)})
    return question


def new_questions(count: int) -> list[str]:
    """Questions that were never asked before and that the knowledge base can answer, so that none ends with a person."""
    chance = random.Random(count)
    handbook = KnowledgeSnapshot(content_of(load(None, {})))
    articles = knowledge_of(handbook)
    bot = FaqBot(Russian(), "", channel_traits(), offices=Offices(lambda: handbook, lambda: datetime.now(UTC)))
    bot.learn(articles)
    asked = [question for article in articles if article.purpose is Purpose.ANSWER for question in article.questions]
    before = ("", "здравствуйте", "добрый день", "подскажите", "скажите", "подскажите пожалуйста", "а", "и", "ещё", "так", "ну", "вот")
    after = ("", "пожалуйста", "спасибо", "подскажите", "скажите", "можно", "срочно", "сейчас", "сегодня", "завтра", "мне", "нам", "нужно")
    found: dict[str, None] = {}
    while len(found) < count:
        text = " ".join((chance.choice(before), chance.choice(before), chance.choice(asked), chance.choice(after), chance.choice(after)))
        answer = bot.answer(text, 0)
        if isinstance(answer, Reply) and not answer.miss:
            found[" ".join(text.split())] = None
    return list(found)


async def sessions(base: str) -> list[str]:
    async with aiohttp.ClientSession() as client:
        addresses = []
        for _ in range(CONNECTIONS):
            async with client.post(f"{base}/chat/sessions") as response:
                addresses.append(f"{base}/chat/socket?token={(await response.json())['token']}")
    return addresses


def percentile(waits: list[float], percent: int) -> float:
    return rounded(quantiles(waits, n=100)[percent - 1] * 1000)


async def measure(echo: str, hub: str, new: list[str]) -> dict[str, float]:
    echoing = await talkers([echo] * CONNECTIONS, b'"say"')
    asking_hub = await talkers(await sessions(hub), b'"author":"bot"')
    await asyncio.sleep(1)  # the greetings are answers, too, and do not count
    seen = asking(itertools.cycle(SEEN))
    fresh = asking(iter(new))
    rates: dict[str, list[float]] = {"echo": [], "hub": [], "new": []}
    waits: dict[str, list[float]] = {"echo": [], "hub": [], "new": []}
    rounds: list[tuple[str, list[Talker], Question]] = [("echo", echoing, seen), ("hub", asking_hub, seen), ("new", asking_hub, fresh)]
    await closed_loop(asking_hub, seen, 1, WINDOW)
    for _ in range(ROUNDS):
        for name, connections, question in rounds:
            rate, waited = await closed_loop(connections, question, ROUND_S, WINDOW)
            rates[name].append(rate)
            waits[name] += waited
            print(f"{name}: {rate:,.0f}/s, p50 {percentile(waited, 50)} ms, p99 {percentile(waited, 99)} ms", flush=True)
    peak = await open_loop(asking_hub, seen, PEAK_PER_S, 20)
    ratios = [h / e for h, e in zip(rates["hub"], rates["echo"], strict=True)]
    fresh_ratios = [n / e for n, e in zip(rates["new"], rates["echo"], strict=True)]
    return {
        "echo_per_s": rounded(median(rates["echo"])), "answered_per_s": rounded(median(rates["hub"])),
        "answered_new_per_s": rounded(median(rates["new"])), "ratio_to_echo": rounded(median(ratios)),
        "ratio_new_to_echo": rounded(median(fresh_ratios)), "p50_ms": percentile(waits["hub"], 50), "p99_ms": percentile(waits["hub"], 99),
        "echo_p50_ms": percentile(waits["echo"], 50), "echo_p99_ms": percentile(waits["echo"], 99),
        "peak_p50_ms": percentile(peak, 50), "peak_p99_ms": percentile(peak, 99)}


def main() -> None:
    with tempfile.TemporaryDirectory(dir="var" if Path("var").is_dir() else None) as folder:
        disk = fdatasyncs_per_s(Path(folder))
        echo_port, hub_port = free_ports(2)
        config = Path(folder) / "okno.toml"
        config.write_text(articles_alone(), encoding="utf8")
        okno = [str(Path(sys.executable).with_name("okno")), "run", "--config", str(config)]
        with server([sys.executable, "-m", "benchmarks.echo_server", str(echo_port)], "ready"), \
                server(okno, "openapi", OKNO_DATA=str(Path(folder) / "data"), OKNO_LISTEN=f"127.0.0.1:{hub_port}", OKNO_LIMITS="off"):
            figures = uvloop.run(measure(f"http://127.0.0.1:{echo_port}/", f"http://127.0.0.1:{hub_port}", new_questions(NEW)))
        report("chat", figures | {"fdatasync_per_s": rounded(disk)}, GOALS)


if __name__ == "__main__":
    main()
