"""`okno bot`: check a designers' project, play its test stories, talk to it, compare two versions of it."""

import argparse
import json
import sys
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import uvloop
from tqdm import tqdm

from bots.actions import Actions, NoActions
from bots.checking import check, load
from bots.comparing import compare
from bots.dialogue import Dialogue, Turn
from bots.marked import Fault
from bots.own_code import OwnCode, OwnCodeError
from bots.parsed import FALLBACK, Parsed, Ranked
from bots.playing import Played, play
from bots.project import ProjectError, read_project
from bots.rasa import ActionServer
from hub.errors import OknoError

_HANDED_OVER = {
    "circle": "диалог пошёл по кругу", "failed": "действие не выполнилось", "paused": "проект просит оператора", "silent": "боту нечего сказать",
}


def add_command(commands: "argparse._SubParsersAction[argparse.ArgumentParser]", common: argparse.ArgumentParser) -> None:
    """`okno bot` and what it does with a project."""
    actions = commands.add_parser("bot", help="designers' dialogues: Rasa 3 projects").add_subparsers(
        dest="action", required=True, metavar="ACTION")
    project = argparse.ArgumentParser(add_help=False)
    project.add_argument("project", type=Path, metavar="PROJECT", help="folder with domain.yml, data/, tests/, config.yml")
    actions.add_parser("check", parents=[common, project], help="say what cannot work or is not supported, with file and line",
                       description="Check a project; end with 1 if it cannot be used.")
    actions.add_parser("test", parents=[common, project], help="play the project's test stories",
                       description="Play the test stories; the last line is JSON. End with 1 if one of them fails.")
    shell = actions.add_parser("shell", parents=[common, project], help="talk to the project",
                               description="Talk to the project, by payloads such as /greet or /inform{\"city\": \"Казань\"}.")
    shell.add_argument("--own-code", action="store_true", help="run custom actions in this process, from the project's package actions")
    shell.add_argument("--action-server", metavar="URL", help="run custom actions there, as http://localhost:5055/webhook")
    diff = actions.add_parser("diff", parents=[common, project], help="say what has changed from one version to another")
    diff.add_argument("after", type=Path, metavar="AFTER", help="folder of the later version")


def perform(options: argparse.Namespace) -> int:
    """Run and print; raises OknoError where a project cannot be used."""
    match options.action:
        case "check":
            return _check(options.project)
        case "test":
            return _test(options.project)
        case "shell":
            uvloop.run(_shell(options))
        case "diff":
            _diff(options.project, options.after)
    return 0


class OnlyPayloads:
    """Understands buttons only: nobody has taught it words."""

    def parse(self, words: str) -> Parsed:
        return Parsed(words, FALLBACK, 1.0, (Ranked(FALLBACK, 1.0),))


def _check(folder: Path) -> int:
    try:
        faults: Iterable[Fault] = check(read_project(folder))
    except ProjectError as error:
        faults = error.faults
    grave = 0
    for fault in faults:
        print(fault)
        grave += fault.grave
    print(f"Проект нельзя использовать, ошибок: {grave}" if grave else "Проект в порядке")
    return int(grave > 0)


def _test(folder: Path) -> int:
    try:
        project = read_project(folder)
        policies = load(project)
    except ProjectError as error:
        raise _refused(folder, error) from error
    played: list[Played] = []
    for one in tqdm(play(project, policies), total=len(project.tests), desc="Истории", file=sys.stderr, disable=None):
        played.append(one)
        if not one.passed:
            print(f"{one.file}:{one.line}: «{one.name}»", *(f"  ожидалось {each.expected}, вышло {each.came}" for each in one.mistakes), sep="\n")
    passed = sum(one.passed for one in played)
    print(json.dumps({"stories": {"total": len(played), "passed": passed}, "nlu": {}}))
    return int(passed < len(played))


async def _shell(options: argparse.Namespace) -> None:
    try:
        project = read_project(options.project)
        policies = load(project)
    except ProjectError as error:
        raise _refused(options.project, error) from error
    async with _actions(options) as actions:
        dialogue = Dialogue(project, OnlyPayloads(), policies, actions)
        tracker = dialogue.begin()
        print("Закончить: Ctrl+D. Говорите кнопками: /намерение{\"сущность\": \"значение\"}", file=sys.stderr)
        for line in sys.stdin:
            if line.strip():
                turn = await dialogue.turn(tracker, line.strip(), time.time())
                tracker = turn.tracker
                _show(turn)


@asynccontextmanager
async def _actions(options: argparse.Namespace) -> AsyncIterator[Actions]:
    if options.own_code:
        try:
            yield OwnCode(options.project)
        except OwnCodeError as error:
            raise OknoError(str(error)) from error
    elif options.action_server:
        async with aiohttp.ClientSession() as session:
            yield ActionServer(session, options.action_server)
    else:
        yield NoActions()


def _show(turn: Turn) -> None:
    for said in turn.said:
        print(said.text or json.dumps(said.data, ensure_ascii=False))
        for button in said.data.get("buttons", ()):
            print(f"  [{button.get('title')}] {button.get('payload', '')}")
    for failure in turn.failures:
        print(f"! {failure}", file=sys.stderr)
    if turn.hands_over:
        print(f"→ оператор: {_HANDED_OVER[turn.hands_over]}")


def _diff(before: Path, after: Path) -> None:
    try:
        for change in compare(read_project(before), read_project(after)):
            print(change)
    except ProjectError as error:
        raise _refused(before, error) from error


def _refused(folder: Path, error: ProjectError) -> OknoError:
    return OknoError(f"{folder} cannot be used:\n{error}")
