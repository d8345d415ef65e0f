"""`okno bot`: check and train a project, run its test stories, talk to it, compare two versions."""

import argparse
import json
import sys
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import msgspec
import uvloop
from tqdm import tqdm

from bots.dialogue.actions import Actions, NoActions
from bots.dialogue.dialogue import Dialogue, HandOffReason, Turn
from bots.dialogue.parsed import FALLBACK, Parsed, Ranked, Understanding
from bots.dialogue.policies import Policies
from bots.dialogue.python_actions import PythonActions, PythonActionsError
from bots.dialogue.rasa import ActionServer
from bots.project.comparison import HELD_OUT, compared
from bots.project.diff import compare
from bots.project.evaluation import judge
from bots.project.located_yaml import Fault
from bots.project.migration import migrate
from bots.project.project import Project, ProjectError, read_examples, read_project
from bots.project.story_tests import StoryTestResults, play
from bots.project.validation import check, load
from bots.russian import Russian
from bots.understanding.model import Model
from bots.understanding.model_codec import ModelFormatError, content_id, dump
from bots.understanding.model_codec import load as unpack
from hub.kernel.errors import OknoError
from okno.commands import evaluation, questions
from okno.commands import training_worker as making
from okno.extras import has, needs
from okno.robot import MODEL

_HANDED_OVER = {
    HandOffReason.CIRCLE: "диалог пошёл по кругу", HandOffReason.FAILED: "действие не выполнилось",
    HandOffReason.PAUSED: "проект просит оператора", HandOffReason.SILENT: "боту нечего сказать",
}


def add_command(commands: "argparse._SubParsersAction[argparse.ArgumentParser]", common: argparse.ArgumentParser) -> None:
    """`okno bot` and its actions."""
    actions = commands.add_parser("bot", help="designers' dialogues: Rasa 3 projects").add_subparsers(
        dest="action", required=True, metavar="ACTION")
    project = argparse.ArgumentParser(add_help=False)
    project.add_argument("project", type=Path, metavar="PROJECT", help="folder with domain.yml, data/, tests/, config.yml")
    actions.add_parser("check", parents=[common, project], help="say what cannot work or is not supported, with file and line",
                       description="Check a project; end with 1 if it cannot be used.")
    train = actions.add_parser("train", parents=[common, project], help="teach the project what citizens mean",
                               description=f"Train the understanding on the project's examples and keep it in {MODEL}.")
    train.add_argument("--out", type=Path, metavar="FILE", help="keep it there instead")
    test = actions.add_parser("test", parents=[common, project, model := _model()], help="play the project's test stories",
                              description="Play the test stories; the last line is JSON. End with 1 if one of them fails.")
    test.add_argument("--e2e", action="store_true", help="understand what citizens say in the stories instead of believing them")
    test.add_argument("--nlu", type=Path, metavar="FILE", help="examples that were kept aside: how many of them are understood")
    shell = actions.add_parser("shell", parents=[common, project, model], help="talk to the project",
                               description='Talk to the project, in words or by payloads such as /inform{"city": "Казань"}.')
    shell.add_argument("--own-code", action="store_true", help="run custom actions in this process, from the project's package actions")
    shell.add_argument("--action-server", metavar="URL", help="run custom actions there, as http://localhost:5055/webhook")
    diff = actions.add_parser("diff", parents=[common, project], help="say what has changed from one version to another")
    diff.add_argument("after", type=Path, metavar="AFTER", help="folder of the later version")
    diff.add_argument("--evaluate", action="store_true",
                      help=f"compare what both understand as well, by {MODEL} and {HELD_OUT}; end with 1 if the later one is worse")
    migrated = actions.add_parser("migrate", parents=[common, project], help="write a project of Rasa 2 in the format of Rasa 3",
                                  description="Write a copy in the format 3.1; the project itself stays as it is.")
    migrated.add_argument("after", type=Path, metavar="AFTER", help="the new folder")
    evaluation.add_command(actions, common)
    questions.add_command(actions, common)
    making.add_commands(actions, common)


def _model() -> argparse.ArgumentParser:
    model = argparse.ArgumentParser(add_help=False)
    model.add_argument("--model", type=Path, metavar="FILE", help="a trained understanding (okno bot train); else one is trained now")
    return model


def perform(options: argparse.Namespace) -> int:
    """Run the command, and print; raises OknoError for an unusable project."""
    match options.action:
        case "check" | "migrate":
            return _check(options.project if options.action == "check" else _migrated(options.project, options.after))
        case "train":
            _train(options.project, options.out or options.project / MODEL)
        case "test":
            return _test(options)
        case "evaluate":
            return evaluation.perform(options)
        case "questions":
            return questions.perform(options)
        case "shell":
            uvloop.run(_shell(options))
        case "diff":
            return _diff(options.project, options.after, evaluates=options.evaluate)
        case "look" | "make" | "compare":
            making.perform(options)
    return 0


class OnlyPayloads:
    """Understands buttons only: the project has no examples to learn words from."""

    def parse(self, words: str, *, hasty: bool = False) -> Parsed:
        del hasty
        return Parsed(words, FALLBACK, 1.0, (Ranked(FALLBACK, 1.0),))


def _migrated(before: Path, after: Path) -> Path:
    try:
        for path in migrate(before, after):
            print(path)
    except (ProjectError, OSError) as error:
        raise OknoError(str(error)) from error
    return after


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


def _read(folder: Path) -> tuple[Project, Policies]:
    try:
        project = read_project(folder)
        return project, load(project)
    except ProjectError as error:
        raise _refused(folder, error) from error


def _train(folder: Path, target: Path) -> None:
    project, _ = _read(folder)
    start = time.process_time()
    packed = dump(_taught(project))
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_suffix(".part")
    draft.write_bytes(packed)
    draft.replace(target)
    spent = time.process_time() - start
    print(f"{target}: {content_id(packed)[:12]}, примеров: {len(project.examples.said)}, секунд процессора: {spent:.1f}")


def _taught(project: Project) -> Model:
    from bots.understanding.training import train  # noqa: PLC0415 - SciPy takes time and memory

    if not has("training"):
        message = f"to teach a project Okno {needs('training')}"
        raise OknoError(message)
    try:
        return train(project.examples, Russian())
    except ValueError as error:
        message = f"{project.folder}: учить нечему: {error}"
        raise OknoError(message) from error


def _understanding(options: argparse.Namespace, project: Project) -> Understanding:
    if options.model is None:
        print("Учу понимать…", file=sys.stderr)
        return _taught(project)
    return _kept(options.model)


def _kept(file: Path) -> Understanding:
    try:
        return unpack(file.read_bytes(), Russian())
    except (OSError, ModelFormatError) as error:
        message = f"{file}: {error}"
        raise OknoError(message) from error


def _test(options: argparse.Namespace) -> int:
    project, policies = _read(options.project)
    understanding = _understanding(options, project) if options.e2e or options.nlu else None
    played: list[StoryTestResults] = []
    stories = play(project, policies, understanding if options.e2e else None)
    for one in tqdm(stories, total=len(project.tests), desc="Истории", file=sys.stderr, disable=None):
        played.append(one)
        if not one.passed:
            print(f"{one.file}:{one.line}: «{one.name}»")
            print(*(f"  ожидалось {each.expected}, вышло {each.came}" for each in one.mistakes), sep="\n")
    passed = sum(one.passed for one in played)
    print(json.dumps({"stories": {"total": len(played), "passed": passed}, "nlu": _judged(options.nlu, understanding)}))
    return int(passed < len(played))


def _judged(path: Path | None, understanding: Understanding | None) -> dict[str, float]:
    if path is None or understanding is None:
        return {}
    try:
        kept_aside = read_examples(path)
    except ProjectError as error:
        raise _refused(path, error) from error
    figures = judge(tqdm(kept_aside.said, desc="Примеры", file=sys.stderr, disable=None), understanding)
    return {name: round(value, 3) for name, value in msgspec.to_builtins(figures).items()}


async def _shell(options: argparse.Namespace) -> None:
    project, policies = _read(options.project)
    understanding = _understanding(options, project) if project.examples.said else OnlyPayloads()
    async with _actions(options) as actions:
        dialogue = Dialogue(project, understanding, policies, actions)
        tracker = dialogue.begin()
        print('Закончить: Ctrl+D. Говорите словами или кнопками: /намерение{"сущность": "значение"}', file=sys.stderr)
        for line in sys.stdin:
            if line.strip():
                turn = await dialogue.turn(tracker, line.strip(), time.time())
                tracker = turn.tracker
                _show(turn)


@asynccontextmanager
async def _actions(options: argparse.Namespace) -> AsyncIterator[Actions]:
    if options.own_code:
        try:
            yield PythonActions(options.project)
        except PythonActionsError as error:
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


def _diff(before: Path, after: Path, *, evaluates: bool) -> int:
    try:
        was, now = read_project(before), read_project(after)
        for change in compare(was, now):
            print(change)
        return _compare(was, now) if evaluates else 0
    except ProjectError as error:
        raise _refused(before, error) from error


def _compare(was: Project, now: Project) -> int:
    """What both versions understand: for a person, and the last line as JSON."""
    aside = next((each.folder / HELD_OUT for each in (was, now) if (each.folder / HELD_OUT).exists()), None)
    known, learnt = (_kept(each.folder / MODEL) for each in (was, now))
    found = compared((was, load(was), known), (now, load(now), learnt), read_examples(aside).said if aside else ())
    for each in found.lost:
        print(f"было верно, стало неверно: {each}")
    print("Стало хуже" if found.worse else "Не хуже")
    print(msgspec.json.encode(found).decode())
    return int(found.worse)


def _refused(folder: Path, error: ProjectError) -> OknoError:
    return OknoError(f"{folder} cannot be used:\n{error}")
