"""One dialogue, every channel: a citizen of each walks through the whole appointment form, and presses what his channel has to press.

The call is in tests/channels/voice/test_appointment.py.
"""

import asyncio
import itertools
import re
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bots.russian import Russian
from channels.email.mail import NAME as EMAIL
from channels.fax.asterisk import NAME as FAX
from channels.messenger.max import NAME as MAX
from channels.messenger.max import connect as connect_max
from channels.messenger.vk import NAME as VK
from channels.messenger.vk import connect as connect_vk
from channels.web.chat import WebChat
from channels.web.chat import connect as connect_chat
from hub.conversations.address import Address
from hub.conversations.conversation import InQueue
from hub.conversations.ports import Channel, Store
from hub.intake.ports import Intake
from hub.kernel.ports import Files
from tests.channels.appointment import AGREES, passed_on, talks, walk
from tests.channels.email.hub import hub_in
from tests.channels.email.sender import OURS, mail
from tests.channels.email.test_postfix import arrived, body
from tests.channels.fax.far import NUMBER as FAX_NUMBER
from tests.channels.fax.far import driver as fax_driver
from tests.channels.fax.far import fax_machine, idle
from tests.channels.messenger.dialogue import Dialogue
from tests.channels.messenger.telegram_room import connected, line
from tests.channels.room import Talks, ValvedSqlite, room_with
from tests.channels.sms.phone import NUMBER, driver, pumped, smsc_settings
from tests.channels.sms.wires import Started
from tests.channels.test_web_chat import Page
from tests.peers.manager import Manager, manager
from tests.peers.max import CHAT, TOKEN, MaxDouble, pressed
from tests.peers.postfix import postfix
from tests.peers.smsc import node_smsc
from tests.peers.telegram import BotApi
from tests.peers.vk import GROUP, IVAN, VkDouble
from tests.peers.vk import TOKEN as VK_TOKEN
from tests.peers.vk import new as pressed_in_vk


@pytest.fixture(scope="module")
def robot(russian: Russian) -> Talks:
    return talks(russian)


@pytest.fixture
async def api() -> AsyncIterator[BotApi]:
    async with BotApi().running() as api:
        yield api


@pytest.fixture
async def max_double() -> AsyncIterator[MaxDouble]:
    double = MaxDouble()
    await double.start()
    yield double
    await double.stop()


@pytest.fixture
async def vk_double() -> AsyncIterator[VkDouble]:
    double = VkDouble()
    await double.start()
    yield double
    await double.stop()


async def test_in_the_chat_by_quick_replies(robot: Talks, tmp_path: Path, russian: Russian) -> None:
    # CH-04, AL-01
    def connect(intake: Intake, store: Store, files: Files) -> Channel:
        return connect_chat({}, intake, store, files, limited=False)

    async with room_with(connect, ValvedSqlite, tmp_path, russian, robot) as room, aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
        assert isinstance(room.channel, WebChat)
        application = web.Application()
        application.add_routes(room.channel.routes())
        async with TestServer(application) as server:
            page, shown = Page(http, str(server.make_url("")).rstrip("/")), dict[str, list[str]]()
            await page.citizen.enter()
            keys = map(str, itertools.count())

            async def sees(part: str) -> None:
                while True:
                    frame = await page.citizen.line.hear("message")
                    if frame["author"] != "citizen" and part in frame["text"]:
                        shown["last"] = frame.get("choices", [])
                        return

            async def takes(choice: str) -> None:
                assert choice in shown["last"]
                await page.citizen.say(choice, next(keys))

            await walk(lambda words: page.citizen.say(words, next(keys)), sees, takes)
            await passed_on(room.store, page.conversation)
            await room.channel.close()


async def test_in_telegram_by_its_keyboard(robot: Talks, tmp_path: Path, russian: Russian, api: BotApi) -> None:
    # CH-05, AL-01
    connect = partial(connected, tmp_path, api.base, webhook=False)
    async with room_with(connect, ValvedSqlite, tmp_path, russian, robot) as room, line(room, api) as citizen:
        await walk(citizen.phone.writes, citizen.phone.sees, citizen.phone.presses)
        head = await room.intake.find(Address(room.channel.name, str(citizen.phone.user)))
        assert head is not None
        await passed_on(room.store, head.id)


async def test_in_max_by_its_keyboard(robot: Talks, tmp_path: Path, russian: Russian, max_double: MaxDouble) -> None:
    # CH-05, AL-01
    (tmp_path / "token").write_text(TOKEN)

    def connect(intake: Intake, store: Store, files: Files) -> Channel:
        return connect_max({"token_file": str(tmp_path / "token"), "api": max_double.base}, intake, store, files, limited=False)

    async with room_with(connect, ValvedSqlite, tmp_path, russian, robot) as room, asyncio.timeout(60):
        citizen = Dialogue(room, max_double, Address(MAX, str(CHAT)), pushes=False)
        keys = (f"m{number}" for number in itertools.count())

        async def takes(choice: str) -> None:
            keyboard = next(each for each in max_double.messages[-1]["body"]["attachments"] if each["type"] == "inline_keyboard")
            payload = next(button["payload"] for row in keyboard["payload"]["buttons"] for button in row if button["text"] == choice)
            await max_double.happens(pressed(next(keys), payload, under=max_double.messages[-1]))

        await walk(lambda words: citizen.say(next(keys), words), citizen.hears, takes)
        await passed_on(room.store, await citizen.number())
        await citizen.hang_up()


async def test_in_vk_by_its_keyboard(robot: Talks, tmp_path: Path, russian: Russian, vk_double: VkDouble) -> None:
    # CH-05, AL-01
    (tmp_path / "token").write_text(VK_TOKEN)

    def connect(intake: Intake, store: Store, files: Files) -> Channel:
        settings = {"token_file": str(tmp_path / "token"), "group": GROUP, "api": f"{vk_double.base}/method/"}
        return connect_vk(settings, intake, store, files, limited=False)

    async with room_with(connect, ValvedSqlite, tmp_path, russian, robot) as room, asyncio.timeout(60):
        citizen = Dialogue(room, vk_double, Address(VK, str(IVAN)), pushes=False)
        numbers = itertools.count(1)

        async def takes(choice: str) -> None:
            actions = [button["action"] for row in vk_double.messages[-1]["keyboard"]["buttons"] for button in row]
            payload = next(action["payload"] for action in actions if action["label"] == choice)
            await vk_double.happens(pressed_in_vk(next(numbers), choice, payload=payload))

        await walk(lambda words: citizen.say(str(next(numbers)), words), citizen.hears, takes)
        await passed_on(room.store, await citizen.number())
        await citizen.hang_up()


@pytest.mark.peers
async def test_by_sms_by_numbers(robot: Talks, tmp_path: Path, russian: Russian) -> None:
    # CH-05, AL-01
    async with node_smsc() as smsc:
        settings: dict[str, object] = {"smscs": [smsc_settings(tmp_path, smsc.port)]}
        async with room_with(partial(driver, settings), ValvedSqlite, tmp_path, russian, robot) as room, pumped(room) as channel, asyncio.timeout(60):
            await smsc.hear("bound", kind="transceiver")
            phone = Reader(Started(room, channel, smsc))
            await walk(phone.says, phone.sees, phone.takes, lambda: phone.takes("Этот номер"))
            head = await room.intake.find(Address(channel.name, NUMBER))
            assert head is not None
            await passed_on(room.store, head.id)


class Reader:
    """Reads every SMS that comes, and answers a menu by its number."""

    def __init__(self, hub: Started) -> None:
        self._hub, self._keys = hub, map(str, itertools.count())
        self._read: list[str] = []

    async def says(self, words: str) -> None:
        await self._hub.says(words, next(self._keys))

    async def sees(self, part: str) -> None:
        self._read.append(await self._hub.sees(part))

    async def takes(self, choice: str) -> None:
        await self.says(number_of(choice, self._read[-1]))


def number_of(choice: str, text: str) -> str:
    """The number that a menu in a text has for a choice."""
    return next(row.partition(" — ")[0] for row in text.splitlines() if row.endswith(f" — {choice}"))


@pytest.mark.peers
async def test_by_letters_by_numbers(robot: Talks, tmp_path: Path, russian: Russian) -> None:
    # CH-03, AL-01
    numbers, letters = itertools.count(1), list[str]()
    with postfix("maria") as server:
        async with hub_in(tmp_path, russian, server.smtp, kind=ValvedSqlite, listen={"port": server.hub}, talks=robot) as hub:
            answers_to = OURS

            async def says(words: str) -> None:
                letter = mail(words, f"{next(numbers)}.maria@home.example", sender="maria@home.example")
                await asyncio.to_thread(server.give, letter, answers_to)

            async def sees(part: str) -> None:
                nonlocal answers_to
                came = await arrived(server, "maria", len(letters) + 1)
                letters.append(body(came))
                answers_to = came["Reply-To"].addresses[0].addr_spec
                assert part in letters[-1]

            async def takes(choice: str) -> None:
                await says(number_of(choice, letters[-1]))

            await walk(says, sees, takes)
            head, = await hub.store.recent()
            assert head.address.channel == EMAIL
            await passed_on(hub.store, head.id)
            assert sum(AGREES[0] in letter for letter in letters) == 1


@pytest.fixture
async def far(tmp_path: Path) -> AsyncIterator[Manager]:
    async with manager() as running:
        idle(running)
        yield running


@pytest.mark.peers
async def test_by_fax_in_words_below_a_numbered_menu(robot: Talks, tmp_path: Path, russian: Russian, far: Manager) -> None:
    # CH-02, AL-01
    connect = partial(fax_driver, tmp_path, far.port)
    async with room_with(connect, ValvedSqlite, tmp_path, russian, robot) as room, fax_machine(room, far, tmp_path) as machine:
        keys, read = map(str, itertools.count(1)), list[str]()

        async def sees(part: str) -> None:
            wanted = part.replace("ё", "е")  # which tesseract does not tell from it
            while wanted not in (text := (await machine.reads()).replace("ё", "е")):
                pass
            read.append(text)

        async def takes(choice: str) -> None:
            assert re.search(rf"^\d\W+{choice}$", read[-1], re.MULTILINE)
            await machine.say(next(keys), "Да, всё верно" if choice == AGREES[1] else choice)  # two letters are a blot to tesseract

        await walk(lambda words: machine.say(next(keys), words), sees, takes)
        head = await room.intake.find(Address(FAX, FAX_NUMBER))
        assert head is not None
        await passed_on(room.store, head.id)


@pytest.mark.peers
async def test_a_statement_by_fax_reaches_a_person(robot: Talks, tmp_path: Path, russian: Russian, far: Manager) -> None:
    # CH-02, OC-05: read without an error it was taken for a question, and the robot asked back by fax
    connect = partial(fax_driver, tmp_path, far.port)
    async with room_with(connect, ValvedSqlite, tmp_path, russian, robot) as room, fax_machine(room, far, tmp_path) as machine:
        await machine.say("1", "ЗАЯВЛЕНИЕ. Прошу выдать справку о составе семьи")
        told = await machine.reads()
        assert "передан сотруднику" in told
        head = await room.intake.find(Address(FAX, FAX_NUMBER))
        assert head is not None
        assert isinstance(head.holder, InQueue)
        assert head.number in told.replace(" ", "")
