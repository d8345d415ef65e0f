"""A caller who only presses keys walks through the whole appointment form: prompts are spoken, a digit is the choice, 0 is a person."""

from collections.abc import AsyncIterator
from importlib.resources import files
from pathlib import Path

import pytest

from channels.voice.events import DTMFEnd
from hub.conversations.conversation import InQueue
from hub.conversations.message import Author, Message
from tests.channels.appointment import passed_on, walk
from tests.channels.voice.ami_listener import AmiListener, at
from tests.channels.voice.test_telephone import Switchboard
from tests.house import House, People, people
from tests.paper import near
from tests.peers.asterisk import Asterisk
from tests.peers.scenarios import wait
from tests.peers.sipp import town
from tests.rig import eventually

pytestmark = pytest.mark.peers

CENTRE = """registry = "registry.toml"
centre = {{ code = "077", name = "Контакт-центр", level = "municipal" }}
robot = {{ project = "centre" }}
queues = [{{ id = "general", title = "Общие" }}]
topics = [{{ id = "appointments", title = "Запись на приём", kind = "personalised" }}, {{ id = "other", title = "Другое" }}]
[[channels]]
driver = "voice.asterisk"
settings = {{ password_file = "{base}/password", sounds = "{base}/sounds", recordings = "{base}/recordings", port = {ami}, listen_port = {hub} }}
"""
NUMBER = "+79160000042"


async def ready(house: House, at: People) -> None:
    """Wait until the project speaks: before, knowledge greets."""
    async def so() -> bool:
        async with at.http.get(f"{house.base}/metrics") as answer:
            return "okno_dialogue_loads_total 0.0" not in await answer.text()
    await eventually(so)


@pytest.fixture
async def caller(exchange: Asterisk, tmp_path: Path) -> AsyncIterator["Caller"]:
    for name in ("sounds", "recordings"):
        (exchange.base / name).mkdir(exist_ok=True)
    (tmp_path / "registry.toml").write_text((files("okno.demo") / "registry.toml").read_text(encoding="utf8"), encoding="utf8")
    config = CENTRE.format(base=exchange.base, ami=exchange.ami, hub=exchange.hub)
    async with (at(exchange) as line, near(tmp_path, config) as (house, hub), people(house) as crowd,
                town(exchange, tmp_path, ends_calls=True) as around):
        board = Switchboard(hub, crowd, await crowd.admin(), around, exchange)
        await ready(house, crowd)
        await around.calls(wait(1), number=NUMBER[1:])
        await board.becomes_known(NUMBER)
        yield Caller(board, line)


class Caller:
    """Listens, and presses the digit that he was told."""

    def __init__(self, board: Switchboard, line: AmiListener) -> None:
        self.board, self._line = board, line
        self.told: list[Message] = []
        self._answers = 0

    async def sees(self, part: str) -> None:
        async def told() -> bool:
            self.told = [entry for entry in await self.board.journal(NUMBER) if isinstance(entry, Message) and entry.author is Author.BOT]
            return any(part in message.text for message in self.told[-2:])

        await eventually(told)

    async def takes(self, choice: str) -> None:
        await self.board.spoken(f"Нажмите {self._digit(choice)} — {choice}.")
        await self.picks(choice)

    async def picks(self, choice: str) -> None:
        """Without waiting to be told."""
        await self.presses(self._digit(choice))

    def _digit(self, choice: str) -> str:
        return str(next(message.choices.index(choice) + 1 for message in reversed(self.told) if choice in message.choices))

    async def presses(self, key: str) -> None:
        """As his telephone does (RFC 4733): at the right moment, which a scenario of SIPp does not know."""
        channel, = [each.channel for each in await self._line.ami.live() if "trunk" in each.channel]
        await self._line.ami.wish("PlayDTMF", Channel=channel, Digit=key, Receive="true")

    async def types(self, keys: str) -> None:
        """A number as it is printed, with its dashes."""
        for key in keys.replace("-", ""):
            before = self._count(key)
            await self.presses(key)

            async def heard(key: str = key, most: int = before) -> bool:
                return self._count(key) > most

            await eventually(heard)

    def _count(self, key: str) -> int:
        return sum(isinstance(event, DTMFEnd) and event.direction == "Received" and event.digit == key for event in self._line.heard)

    async def hears(self, part: str) -> Message:
        """The next that the hub itself answers so."""
        async def told() -> bool:
            self.told = [entry for entry in await self.board.journal(NUMBER)
                         if isinstance(entry, Message) and entry.author is Author.SYSTEM and not entry.internal]
            return any(part in message.text for message in self.told[self._answers:])

        await eventually(told)
        self._answers = next(n for n, message in enumerate(self.told) if n >= self._answers and part in message.text) + 1
        answer = self.told[self._answers - 1]
        await self.board.spoken(answer.text)
        return answer

    async def begins(self, words: str) -> None:
        """By the menu of the greeting."""
        del words
        await self.sees("робот")
        await self.takes("Запись в МФЦ")


async def test_by_telephone_by_digits(caller: Caller) -> None:
    # CH-01, AL-01
    await walk(caller.begins, caller.sees, caller.takes, lambda: caller.takes("Этот номер"), "Серпухов")
    await passed_on(caller.board.store, (await caller.board.call(NUMBER)).id, "Серпухов", "+7 916 000-00-42")


async def test_zero_is_a_person_in_the_middle_of_a_form(caller: Caller) -> None:
    # OC-05, LV-11
    await caller.begins("")
    await caller.sees("Для какой услуги")
    await caller.presses("0")
    assert (await caller.board.becomes(NUMBER, InQueue)).topic == "appointments"
