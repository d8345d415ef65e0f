"""Who does what dialogues ask for: the house, code that the configuration names, an action server; and never what designers publish."""

from datetime import date
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from bots.dialogue.actions import ActionFailedError, NoActions
from bots.dialogue.centre_actions import CentreActions
from bots.dialogue.python_actions import PythonActions
from bots.dialogue.rasa import ActionServer
from bots.grammar.extraction import Grammar
from bots.knowledge.faq import FaqBot
from bots.russian import Russian
from hub.knowledge.article import Article
from okno.config import RobotSettings
from okno.faults.config_error import ConfigError
from okno.robot import ActionChain, own_code
from tests.traits import TRAITS

CALL: dict[str, Any] = {"next_action": "", "sender_id": "1", "domain": {},
                        "tracker": {"sender_id": "1", "slots": {}, "events": [], "latest_message": {"intent": {"name": "ask_fee"}}}}
CODE = ("from rasa_sdk import Action\nfrom rasa_sdk.events import SlotSet\n"
        "class One(Action):\n    def name(self): return 'action_one'\n    def run(self, dispatcher, tracker, domain): return [SlotSet('by', 'code')]\n"
        "class Other(Action):\n    def name(self): return 'action_forget'\n    def run(self, dispatcher, tracker, domain): return [SlotSet('by', 'code')]\n")


async def nothing(_: str) -> tuple[Article, ...]:
    return ()


@pytest.fixture(scope="module")
def house() -> CentreActions:
    russian = Russian()
    return CentreActions(lambda: FaqBot(russian, "", TRAITS).articles, nothing, tuple, Grammar(russian), lambda: date(2026, 11, 25), TRAITS)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "actions.py").write_text(CODE, "utf8")
    return tmp_path


async def test_the_house_comes_first_then_code_then_the_server(house: CentreActions, folder: Path, unused_tcp_port: int) -> None:
    # OC-05
    asked: list[str] = []

    async def webhook(request: web.Request) -> web.Response:
        asked.append((await request.json())["next_action"])
        return web.json_response({"events": [{"event": "slot", "name": "by", "value": "server"}], "responses": []})

    application = web.Application()
    application.router.add_post("/webhook", webhook)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", unused_tcp_port).start()
    async with aiohttp.ClientSession() as session:
        hands = ActionChain(house, PythonActions(folder), ActionServer(session, f"http://127.0.0.1:{unused_tcp_port}/webhook"))
        done = {name: (await hands.run(name, CALL | {"next_action": name})).events[0] for name in ("action_forget", "action_one", "action_two")}
    await runner.cleanup()
    assert done["action_forget"]["name"] == "asked"
    assert [done[name]["value"] for name in ("action_one", "action_two")] == ["code", "server"]
    assert asked == ["action_two"]


async def test_what_nobody_does_fails(house: CentreActions) -> None:
    # OC-05: and a person is called
    with pytest.raises(ActionFailedError):
        await ActionChain(house, None, NoActions()).run("action_one", CALL)


def test_code_that_cannot_be_loaded_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / "actions.py").write_text("import nowhere\n", "utf8")
    with pytest.raises(ConfigError, match=r"robot\.own_code"):
        own_code(RobotSettings(own_code=str(tmp_path)))
    assert own_code(RobotSettings()) is None
