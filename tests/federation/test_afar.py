"""A Rasa server that has the dialogues, and who goes on where it fails. It is a double that speaks the REST channel's bytes."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bots.dialogue.centre_actions import CentreActions
from bots.dialogue.dialogue import Dialogue
from bots.dialogue.parsed import FALLBACK, Parsed
from bots.dialogue.rasa import RasaServer
from bots.grammar.extraction import Grammar
from bots.knowledge.faq import FaqBot
from bots.knowledge.knowledge_file import read_articles
from bots.project.project import Project, read_project
from bots.russian import Russian
from hub.conversations.conversation import InQueue, WithBot
from hub.conversations.journal import Thought
from hub.conversations.message import Author, Message
from hub.conversations.ports import Store
from hub.kernel.errors import OknoError
from okno.adapters.dialogue_engine import LocalDialogueEngine
from okno.adapters.remote_rasa import FAILURES, PAUSE_S, Breaker, RemoteRasa
from okno.config import RobotSettings
from okno.faults.config_error import ConfigError
from okno.robot import rasa_server
from tests.rig import Clock, Rig
from tests.traits import TRAITS

CENTRE = Path(str(files("bots"))) / "projects" / "centre"
MENU = [{"recipient_id": "x", "text": "Что вам нужно?", "buttons": [{"title": "Паспорт", "payload": "/ask_passport"}]}]


class Understands:
    def parse(self, words: str, *, hasty: bool = False) -> Parsed:
        return Parsed(words, FALLBACK if words.startswith("эх") else "greet", 1.0)


class Server:
    """Rasa's end: it answers as it is told to, and keeps what it was asked."""

    def __init__(self) -> None:
        self.answers: list[Any] = []
        """A list of messages, a status, bytes, or "hang"."""
        self.asked: list[dict[str, str]] = []
        self.tokens: list[str] = []
        self.url = ""

    async def webhook(self, request: web.Request) -> web.Response:
        self.asked.append(await request.json())
        self.tokens.append(request.headers.get("Authorization", ""))
        match self.answers.pop(0) if self.answers else MENU:
            case "hang":
                await asyncio.Event().wait()
            case bytes() as body:
                return web.Response(body=body)
            case int() as status:
                return web.Response(status=status, headers={"Location": "/webhooks/rest/webhook"})
            case lines:
                return web.json_response(lines)
        raise AssertionError


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    server, application = Server(), web.Application()
    application.router.add_post("/webhooks/rest/webhook", server.webhook)
    async with TestServer(application) as running:
        server.url = str(running.make_url(""))
        yield server


@pytest.fixture
def now_s() -> list[float]:
    return [1000.0]


@pytest.fixture(scope="module")
def project() -> Project:
    return read_project(CENTRE)


@pytest.fixture(scope="module")
def knowledge(russian: Russian) -> FaqBot:
    bot = FaqBot(russian, "Центр", TRAITS)
    bot.learn(read_articles((files("okno.demo") / "articles.toml").read_text(encoding="utf8")))
    return bot


@pytest.fixture
async def begin(store: Store, clock: Clock, server: Server, russian: Russian, now_s: list[float], project: Project, knowledge: FaqBot) -> AsyncIterator[Any]:
    """Starts a hub whose dialogues the server has; `version` is what is published beside it."""
    actions = CentreActions(
        lambda: knowledge.articles, lambda said: asyncio.wrap_future(knowledge.suggested(said, 3)), tuple, Grammar(russian), lambda: date(2026, 11, 25), TRAITS)
    rigs: list[Rig] = []

    async def load(version: str) -> Dialogue:
        if version != "v1":
            raise OknoError(version)
        return Dialogue(project, Understands(), actions=actions)

    async with aiohttp.ClientSession() as session:
        async def start(version: str = "v1", *, afar: bool = True) -> Rig:
            for rig in rigs:
                await rig.stop()
            rigs.clear()
            there = RemoteRasa(RasaServer(session, server.url, "tajna", 2.0), knowledge, Breaker(lambda: now_s[0])) if afar else None
            rig = await Rig(store, clock, await store.newest(), talker=LocalDialogueEngine(knowledge, lambda: version, load, there)).start()
            rigs.append(rig)
            return rig

        yield start
        for rig in rigs:
            await rig.stop()


async def say(rig: Rig, words: str, who: str = "citizen") -> tuple[int, Message]:
    """What the robot says to it last."""
    conversation = await rig.stored(words, f"{words}{rig.clock()}", who=who)
    await rig.settled()
    rig.clock.forward(1)
    said = [r.entry for r in await rig.store.records(conversation, limit=1000) if isinstance(r.entry, Message) and r.entry.author is Author.BOT]
    return conversation, said[-1]


async def thoughts(rig: Rig, conversation: int) -> list[Thought]:
    return [r.entry for r in await rig.store.records(conversation, limit=1000) if isinstance(r.entry, Thought)]


async def test_it_is_asked_and_what_it_says_is_told(begin: Any, server: Server) -> None:
    # KB-02
    rig = await begin()
    conversation, said = await say(rig, "добрый день")
    assert (said.text, said.choices) == ("Что вам нужно?", ("Паспорт",))
    (thought,) = await thoughts(rig, conversation)
    assert (thought.version, thought.intent, thought.missed) == ("rasa", "", False)
    assert server.tokens == ["Bearer tajna"]
    assert (await rig.holds(conversation)).holder == WithBot(dialogue="rasa")


async def test_whoever_says_a_title_has_pressed_the_button_even_after_a_restart(begin: Any, server: Server) -> None:
    rig = await begin()
    await say(rig, "добрый день")
    await say(rig, "паспорт")
    rig = await begin()
    await say(rig, "Паспорт")
    assert [one["message"] for one in server.asked] == ["добрый день", "/ask_passport", "/ask_passport"]
    assert len({one["sender"] for one in server.asked}) == 1


async def test_pictures_sources_and_parts_of_a_text(begin: Any, server: Server) -> None:
    source = {"article": "passport", "title": "Паспорт", "valid_from": "2026-01-01"}
    rig = await begin()
    server.answers = [[{"recipient_id": "x", "text": "Первое."}, {"recipient_id": "x", "text": "Второе."}, {"recipient_id": "x", "image": "https://a/b.png"},
                       {"recipient_id": "x", "custom": {"source": source}}]]
    _, said = await say(rig, "добрый день")
    assert said.text == "Второе.\nhttps://a/b.png"
    assert said.source
    assert said.source.article == "passport"
    assert said.choices


@pytest.mark.parametrize("fault", [500, 502, 404, 302, "hang", b"no JSON", b'{"a": 1}', b"[" * 2_000, b"[" + b" " * 1_100_000 + b"]"])
async def test_where_it_fails_the_published_version_goes_on_to_the_end(begin: Any, server: Server, fault: Any) -> None:
    rig = await begin()
    server.answers = [MENU, fault]
    await say(rig, "добрый день")
    conversation, said = await say(rig, "здравствуйте")
    assert said.text
    assert said.text != MENU[0]["text"]
    await say(rig, "здравствуйте ещё раз")
    assert len(server.asked) == 2
    assert [(one.version, one.first) for one in await thoughts(rig, conversation)] == [("rasa", True), ("v1", True), ("v1", False)]


async def test_others_are_asked_of_it_still(begin: Any, server: Server) -> None:
    rig = await begin()
    server.answers = [500, MENU]
    await say(rig, "здравствуйте")
    _, said = await say(rig, "здравствуйте", who="other")
    assert said.text == "Что вам нужно?"


async def test_who_fails_often_is_left_alone_for_a_while(begin: Any, server: Server, now_s: list[float]) -> None:
    rig = await begin()
    server.answers = [500] * (FAILURES + 1)
    for number in range(FAILURES + 2):
        _, said = await say(rig, "здравствуйте", who=f"citizen{number}")
        assert said.text
    assert len(server.asked) == FAILURES
    now_s[0] += PAUSE_S + 1
    await say(rig, "здравствуйте", who="trying")
    await say(rig, "здравствуйте", who="not trying")
    assert len(server.asked) == FAILURES + 1
    now_s[0] += PAUSE_S + 1
    for who in ("well", "again"):
        assert (await say(rig, "здравствуйте", who=who))[1].text == "Что вам нужно?"


@pytest.mark.parametrize("words", ["оператор", "0", "человек без сознания, не дышит"])
async def test_a_person_is_one_word_away(begin: Any, server: Server, words: str) -> None:
    # AL-04
    rig = await begin()
    await say(rig, "добрый день")
    conversation, _ = await say(rig, words)
    assert len(server.asked) == 1
    assert isinstance((await rig.holds(conversation)).holder, InQueue)


@pytest.mark.parametrize(("answer", "told"), [
    ([], "оператор"), ([{"recipient_id": "x", "text": "Соединяю."}, {"recipient_id": "x", "custom": {"hand_over": True}}], "Соединяю.")])
async def test_it_may_call_a_person(begin: Any, server: Server, answer: Any, told: str) -> None:
    # AL-04: silence is how Rasa's REST channel shows that a dialogue is paused
    rig = await begin()
    server.answers = [MENU, answer]
    await say(rig, "добрый день")
    conversation, said = await say(rig, "всё сложно")
    assert told in said.text
    assert isinstance((await rig.holds(conversation)).holder, InQueue)


async def test_without_a_published_version_knowledge_answers(begin: Any, server: Server) -> None:
    rig = await begin("")
    server.answers = [500, 500, MENU]
    conversation, said = await say(rig, "Как получить загранпаспорт?")
    assert said.source
    _, said = await say(rig, "эх, абракадабра")
    assert said.text
    assert (await rig.holds(conversation)).holder == WithBot(1)
    assert (await say(rig, "добрый день"))[1].text == "Что вам нужно?"


async def test_what_it_had_begun_is_gone_on_with_where_it_is_configured_no_more(begin: Any, server: Server) -> None:
    rig = await begin()
    await say(rig, "добрый день")
    rig = await begin(afar=False)
    conversation, said = await say(rig, "здравствуйте")
    assert said.text
    assert (await thoughts(rig, conversation))[-1].version == "v1"
    assert len(server.asked) == 1


@pytest.mark.parametrize("settings", [{"rasa": "localhost:5005"}, {"rasa": "http://a", "rasa_timeout_s": 0}])
def test_wrong_settings_are_named(settings: dict[str, object]) -> None:
    with pytest.raises(msgspec.ValidationError, match="rasa"):
        msgspec.convert(settings, RobotSettings)


async def test_a_token_that_is_not_there_is_named(russian: Russian) -> None:
    async with aiohttp.ClientSession() as session:
        with pytest.raises(ConfigError, match="rasa_token_file: /nowhere"):
            rasa_server(RobotSettings(rasa="http://a", rasa_token_file="/nowhere"), session, FaqBot(russian, "", TRAITS))
