"""Custom actions: a project's own Python, and an action server over rasa-sdk's protocol."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from bots.dialogue.actions import ActionFailedError, ActionRefusedError, Answer, events
from bots.dialogue.python_actions import PythonActions, PythonActionsError
from bots.dialogue.rasa import ActionServer
from bots.project.project import read_project
from tests.bots.heard import PROJECTS, Talk

RECEPTION = PROJECTS / "reception"
CALL: dict[str, Any] = {"next_action": "action_book", "tracker": {"sender_id": "x", "slots": {"a": 1}, "events": [], "latest_message": {}}, "domain": {}}


def code(folder: Path, text: str) -> PythonActions:
    (folder / "actions.py").write_text("from rasa_sdk import *\nfrom rasa_sdk import Action\nfrom rasa_sdk.events import *\n" + text, "utf-8")
    return PythonActions(folder)


ACTION = "class X(Action):\n    def name(self): return 'action_x'\n    def run(self, dispatcher, tracker, domain):\n        "


def test_actions_are_found_in_a_package_and_its_modules() -> None:
    assert PythonActions(RECEPTION).names == {
        "validate_booking_form", "action_ask_booking_form_service", "action_book", "action_rate", "action_default_ask_affirmation"}


async def test_two_projects_may_have_a_package_of_the_same_name(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    one.mkdir(), other.mkdir()
    first, second = code(one, ACTION + "return [SlotSet('a', 1)]\n"), code(other, ACTION + "return [SlotSet('a', 2)]\n")
    assert [(await each.run("action_x", CALL)).events[0]["value"] for each in (first, second)] == [1, 2]


async def test_code_may_be_written_with_or_without_async(tmp_path: Path) -> None:
    own = code(tmp_path, ACTION + "dispatcher.utter_message(text='hi', buttons=[{'title': 'a'}])\n"
               "class Y(X):\n    def name(self): return 'action_y'\n    async def run(self, dispatcher, tracker, domain):\n        return None\n")
    said = await own.run("action_x", CALL)
    assert said.responses[0]["text"] == "hi"
    assert await own.run("action_y", CALL) == Answer()


@pytest.mark.parametrize(("text", "error"), [
    ("raise ValueError('x')", ActionFailedError), ("raise ActionExecutionRejection('action_x')", ActionRefusedError), ("return tracker.nothing", ActionFailedError),
])
async def test_what_code_raises_is_a_failure_of_the_action(tmp_path: Path, text: str, error: type[Exception]) -> None:
    own = code(tmp_path, "from rasa_sdk import ActionExecutionRejection\n" + ACTION + text + "\n")
    with pytest.raises(error):
        await own.run("action_x", CALL)
    with pytest.raises(ActionFailedError):
        await own.run("action_absent", CALL)


async def test_what_is_not_supported_may_be_imported_and_fails_when_it_is_used(tmp_path: Path) -> None:
    own = code(tmp_path, "from rasa_sdk.events import ReminderScheduled\n" + ACTION + "return [ReminderScheduled('x', trigger_date_time=None)]\n")
    with pytest.raises(ActionFailedError, match="reminder"):
        list(events(await own.run("action_x", CALL)))


async def test_code_cannot_change_the_dialogue_behind_its_back(tmp_path: Path) -> None:
    own = code(tmp_path, ACTION + "tracker.slots['a'] = 2; return []\n")
    await own.run("action_x", CALL)
    assert CALL["tracker"]["slots"] == {"a": 1}


def test_code_that_cannot_be_loaded_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(PythonActionsError, match="ZeroDivisionError"):
        code(tmp_path, "1 / 0\n")
    with pytest.raises(PythonActionsError):
        PythonActions(tmp_path / "absent")


@pytest.fixture
async def server() -> AsyncIterator[tuple[ActionServer, dict[str, Any]]]:
    """An action server that runs the project's own code, and does what the test puts into `wishes`."""
    own, wishes = PythonActions(RECEPTION), {}

    async def webhook(request: web.Request) -> web.Response:
        call = await request.json()
        if wish := wishes.get("hang"):
            await wish.wait()
        if "status" in wishes:
            return web.json_response({"error": "no", "action_name": call["next_action"]}, status=wishes["status"])
        if "body" in wishes:
            return web.Response(text=wishes["body"])
        answer = await own.run(call["next_action"], call)
        return web.json_response({"events": answer.events, "responses": answer.responses})

    app = web.Application(client_max_size=10_000_000)
    app.router.add_post("/webhook", webhook)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = site._server.sockets[0].getsockname()[1]
    async with aiohttp.ClientSession() as session:
        yield ActionServer(session, f"http://127.0.0.1:{port}/webhook", timeout_s=60), wishes
    if wish := wishes.get("hang"):
        wish.set()
    await runner.cleanup()


async def test_an_action_server_does_the_same_as_own_code(server: tuple[ActionServer, dict[str, Any]]) -> None:
    project = read_project(RECEPTION)
    here, there = Talk(project, PythonActions(RECEPTION)), Talk(project, server[0])
    for words in ("привет", "запишите меня", '/inform{"service": "moon"}', "паспорт", "зачем вам это", "Анна", "да", "ставлю 1", "третий этаж"):
        assert await here.say(words) == await there.say(words)
        assert here.tracker.events == there.tracker.events


async def test_an_action_server_may_refuse(server: tuple[ActionServer, dict[str, Any]]) -> None:
    server[1]["status"] = 400
    with pytest.raises(ActionRefusedError):
        await server[0].run("action_book", CALL)


@pytest.mark.parametrize("wish", [{"status": 500}, {"status": 404}, {"body": "<html>"}, {"body": "[]"}, {"body": '{"events": {}}'}, {"body": " " * 2_000_000}])
async def test_a_wrong_answer_is_a_failure(server: tuple[ActionServer, dict[str, Any]], wish: dict[str, Any]) -> None:
    server[1].update(wish)
    with pytest.raises(ActionFailedError):
        await server[0].run("action_book", CALL)


async def test_an_action_server_that_hangs_is_not_waited_for(server: tuple[ActionServer, dict[str, Any]]) -> None:
    server[1]["hang"] = asyncio.Event()
    hasty = ActionServer(server[0]._session, server[0]._url, timeout_s=0.2)
    talk = Talk(read_project(RECEPTION), hasty)
    await talk.say("запишите меня")
    assert talk.turn
    assert talk.turn.hands_over == "failed"
    assert "did not answer" in talk.turn.failures[0]


async def test_no_server_is_a_failure() -> None:
    async with aiohttp.ClientSession() as session:
        with pytest.raises(ActionFailedError):
            await ActionServer(session, "http://127.0.0.1:1/webhook").run("action_book", CALL)
