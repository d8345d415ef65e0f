"""What a message costs, in calls and not in time: the same on every machine, so that a feature that makes messages dearer is seen.

Calls that code of Okno makes are counted, into itself and into libraries, in the hub's loop and in its writing thread. The budgets are in
hot_path.toml: raise one on purpose, in the commit that spends it, and lower it where a change has made a message cheaper.
"""

import sys
import threading
import tomllib
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from statistics import median
from threading import get_ident
from types import FrameType

import aiohttp
import pytest

from benchmarks.chat import new_questions
from okno.app import running
from okno.config import load
from tests.channels.line import Line
from tests.house import knowledge_alone

ROOT = Path(__file__).resolve().parents[2]
OWN = tuple(f"{ROOT / room}/" for room in ("okno", "hub", "channels", "bots", "routing", "storage"))
BUDGET: dict[str, int] = tomllib.loads((Path(__file__).parent / "hot_path.toml").read_text("utf8"))
OVER, UNDER = 1.02, 0.95 if sys.version_info < (3, 12) else 0.0
"""Dearer by more fails; cheaper by more wants the budget lowered, or the next feature would spend the gain unseen.

Budgets are those of Python 3.11: from 3.12 on a comprehension is no call (PEP 709).
"""
MESSAGES = 300
KEYS = count()


class Calls:
    """Counts calls while it is on: those of the running hub's code, in the threads that every message passes."""

    def __init__(self) -> None:
        self.on, self.count = False, 0
        self.threads: frozenset[int] = frozenset()

    def __call__(self, frame: FrameType, event: str, _: object) -> None:
        if self.on and event in {"call", "c_call"} and frame.f_code.co_filename.startswith(OWN) and get_ident() in self.threads:
            self.count += 1

    def start(self) -> None:
        """In the loop's thread; what the archive reads ahead in a thread of its own depends on the time."""
        self.threads = frozenset(each.ident or 0 for each in threading.enumerate() if each.name == "okno-writer") | {get_ident()}
        self.count, self.on = 0, True


@pytest.fixture
def calls() -> Iterator[Calls]:
    counter = Calls()
    before = sys.getprofile()
    threading.setprofile(counter)  # the writing thread has not started yet
    sys.setprofile(counter)
    try:
        yield counter
    finally:
        sys.setprofile(before)
        threading.setprofile(None)


async def cost(line: Line, calls: Calls, texts: list[str]) -> float:
    """Calls of the median message: while some are under way, clocks of the hub tick and the archive is written."""
    each = []
    for text in texts:
        calls.start()
        await line.send(type="say", key=f"{next(KEYS)}", text=text)
        await line.hear("message", author="bot")
        calls.on = False
        each.append(calls.count)
    return median(each)


async def test_a_message_costs_no_more_calls_than_its_budget(tmp_path: Path, calls: Calls) -> None:  # NF-01
    config = load(knowledge_alone(tmp_path), {"OKNO_LISTEN": "127.0.0.1:0", "OKNO_DATA": str(tmp_path / "data"), "OKNO_LIMITS": "off"})
    async with running(config) as hub, aiohttp.ClientSession(hub.address) as http:
        async with http.post("/chat/sessions") as opened:
            token = (await opened.json())["token"]
        line = Line(await http.ws_connect(f"/chat/socket?token={token}"))
        await line.hear("message", author="bot")
        new = new_questions(MESSAGES)
        known = ["Как получить загранпаспорт?"] * MESSAGES
        # The words are met before, as those of citizens are after a morning; the questions are not.
        await cost(line, calls, [*known, *(f"{text} подскажите" for text in new)])
        spent = {"known_question": await cost(line, calls, known), "new_question": await cost(line, calls, new)}
        await line.close()
    wrong = {name: (round(spent[name], 1), budget) for name, budget in BUDGET.items() if not UNDER < spent[name] / budget < OVER}
    assert not wrong, f"(calls a message, budget): {wrong}; tests/intake/hot_path.toml"
