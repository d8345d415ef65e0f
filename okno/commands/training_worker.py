"""`okno bot look`, `okno bot make` and `okno bot compare`, and the subprocess of the hub's dialogue workshop that runs one of them.

Progress is one line of JSON each on stdout; the result is written into a folder, since it may be large.

The subprocess is this module (`main`): it imports neither the other commands, which took most of the time of a look, nor, unless it
trains, SciPy.
"""

import argparse
import gc
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

import msgspec
from msgspec import Struct

from bots.dialogue.policies import Policies
from bots.project.archive import ProjectArchiveError, folder_of, unpack
from bots.project.comparison import HELD_OUT, Ready, compared
from bots.project.diff import compare
from bots.project.examples import Example
from bots.project.graph import draw
from bots.project.located_yaml import Fault
from bots.project.project import Project, ProjectError, read_examples, read_project
from bots.project.story_tests import StoryTestResults, play
from bots.project.validation import check, load
from bots.russian import Russian
from bots.understanding.model_codec import ModelFormatError, dump
from bots.understanding.model_codec import load as unpack_model
from hub.kernel.errors import OknoError
from hub.robot.training_results import Comparison, FailedStory, Flaw, Mistake, Phase, Progress, ProjectReport, Unfit

OUTCOME, MODEL = "outcome.json", "okno.model"
COLLECTOR = (50_000, 20, 100)
"""Of the subprocess, as in okno/__main__.py: reading a project leaves few cycles, and with the default a look takes a third longer."""
NICE = 15
"""Citizens' dialogues have priority."""


class Fit(Struct, frozen=True, tag="fit"):
    """The draft may be published; its model is in a file beside."""

    intents: int
    stories: int
    changes: tuple[str, ...]
    compared: Comparison = Comparison()


class NotFit(Struct, frozen=True, tag="unfit"):
    why: Unfit


Outcome: TypeAlias = Fit | NotFit


def add_commands(actions: "argparse._SubParsersAction[argparse.ArgumentParser]", common: argparse.ArgumentParser) -> None:
    """`okno bot look`, `okno bot make` and `okno bot compare`."""
    packed = argparse.ArgumentParser(add_help=False)
    packed.add_argument("draft", type=Path, metavar="ZIP", help="a packed project")
    packed.add_argument("--out", type=Path, required=True, metavar="FOLDER", help=f"leave {OUTCOME} there")
    packed.add_argument("--before", type=Path, metavar="ZIP", help="the project to compare with")
    actions.add_parser("look", parents=[common, packed], help="say all that there is to see of a packed project, as the desk shows it")
    make = actions.add_parser("make", parents=[common, packed], help="check, teach and test a packed project, as the desk does",
                              description=f"Check, teach and test; leave {OUTCOME} and {MODEL} in FOLDER. Progress is JSON, a line each.")
    make.add_argument("--known", type=Path, nargs=2, action="append", default=[], metavar=("ZIP", "MODEL"),
                      help="a project and its model, which is taken where the examples are the same; repeat for several")
    make.add_argument("--untested", action="store_true", help="do not play the test stories: it is only to be tried")
    both = actions.add_parser("compare", parents=[common], help="two trained versions on the phrases kept aside and on test stories",
                              description=f"Compare two versions; leave {OUTCOME} in FOLDER. Progress is JSON, a line each.")
    for name, title in (("--before", "the earlier"), ("--after", "the later")):
        both.add_argument(name, type=Path, nargs=2, required=True, metavar=("ZIP", "MODEL"), help=f"{title} project and its model")
    both.add_argument("--out", type=Path, required=True, metavar="FOLDER", help=f"leave {OUTCOME} there")


def main(arguments: list[str] | None = None) -> int:
    """Run a command in a process of its own; 1 is a failure, reported on stderr."""
    gc.freeze()
    gc.set_threshold(*COLLECTOR)
    parser = argparse.ArgumentParser("okno bot")
    add_commands(parser.add_subparsers(dest="action", required=True), argparse.ArgumentParser(add_help=False))
    try:
        perform(parser.parse_args(arguments))
    except OknoError as error:
        print(f"okno: {error}", file=sys.stderr)
        return 1
    return 0


def perform(options: argparse.Namespace) -> None:
    """Run one of the commands; raises OknoError."""
    {"look": look, "make": make, "compare": compare_versions}[options.action](options)


def look(options: argparse.Namespace) -> None:
    """Write a hub.robot.training_results.ProjectReport."""
    os.nice(NICE)
    with _opened(options.draft) as folder:
        try:
            project = read_project(folder)
        except ProjectError as error:
            looked = ProjectReport(_flaws(error.faults, folder))
        else:
            looked = ProjectReport(_flaws(check(project), folder), len(project.domain.intents), len(project.tests),
                            _changes(options.before, project), draw(project), _lost(options.before, project))
    (options.out / OUTCOME).write_bytes(msgspec.json.encode(looked))


def make(options: argparse.Namespace) -> None:
    """Write an Outcome, and the model of a publishable draft."""
    os.nice(NICE)
    with _opened(options.draft) as folder:
        try:
            _tell(Progress(Phase.CHECK))
            project = read_project(folder)
            policies = load(project)
            outcome = _made(options, project, policies)
        except ProjectError as error:
            outcome = NotFit(Unfit(_flaws(error.faults, folder)))
    (options.out / OUTCOME).write_bytes(msgspec.json.encode(outcome))


def compare_versions(options: argparse.Namespace) -> None:
    """Write a hub.robot.training_results.Comparison. Raises OknoError for what cannot be read."""
    os.nice(NICE)
    with _opened(options.before[0]) as folder, _opened(options.after[0]) as own:
        try:
            before, after = (_ready(place, model.read_bytes()) for place, model in ((folder, options.before[1]), (own, options.after[1])))
        except (ProjectError, ModelFormatError) as error:
            message = f"{options.before[0]}, {options.after[0]}: {error}"
            raise OknoError(message) from error
        found = compared(before, after, _aside(folder, own), _compares)
    (options.out / OUTCOME).write_bytes(msgspec.json.encode(found))


def _ready(folder: Path, model: bytes) -> Ready:
    project = read_project(folder)
    return project, load(project), unpack_model(model, Russian())


def _aside(*folders: Path) -> Sequence[Example]:
    """The phrases kept aside by the first project that has some."""
    kept = next((each / HELD_OUT for each in folders if (each / HELD_OUT).exists()), None)
    return read_examples(kept).said if kept else ()


def _compares(done: int, total: int) -> None:
    _tell(Progress(Phase.COMPARE, done, total))


def _made(options: argparse.Namespace, project: Project, policies: Policies) -> Outcome:
    _tell(Progress(Phase.TEACH))
    model = _known(options.known, project) or _trained(project)
    if isinstance(model, NotFit):
        return model
    (options.out / MODEL).write_bytes(model)
    failing: list[FailedStory] = []
    if not options.untested and project.tests:
        understanding, total = unpack_model(model, Russian()), len(project.tests)
        _tell(Progress(Phase.TEST, 0, total))
        for done, one in enumerate(play(project, policies, understanding), 1):
            failing += [_failing(one)] if not one.passed else []
            _tell(Progress(Phase.TEST, done, total))
    if failing:
        return NotFit(Unfit(failing=tuple(failing)))
    return Fit(len(project.domain.intents), len(project.tests), _changes(options.before, project),
               Comparison() if options.untested else _compared(options, project, policies, model))


def _trained(project: Project) -> bytes | NotFit:
    """A new model; only this imports SciPy, which takes time and memory."""
    try:
        from bots.understanding.training import train  # noqa: PLC0415
    except ModuleNotFoundError:
        from okno.extras import has  # noqa: PLC0415 - reads the whole configuration

        if has("training"):
            raise
        return NotFit(Unfit((Flaw("data", 0, "обучение не установлено: администратору нужен пакет okno[training]"),)))
    try:
        return dump(train(project.examples, Russian()))
    except ValueError as error:
        return NotFit(Unfit((Flaw("data", 0, f"учить нечему: {error}"),)))


def _compared(options: argparse.Namespace, project: Project, policies: Policies, model: bytes) -> Comparison:
    """With the active version, where this Okno can read it."""
    if options.before is None:
        return Comparison()
    packed = options.before.read_bytes()
    known = next((each for zipped, each in options.known if zipped.read_bytes() == packed), None)
    try:
        with _opened(options.before) as folder, _opened(options.draft) as own:
            return Comparison() if known is None else compared(
                _ready(folder, known.read_bytes()), (project, policies, unpack_model(model, Russian())), _aside(folder, own), _compares,
                passed_all=True)
    except (ProjectError, ModelFormatError):
        return Comparison()


def _known(known: list[list[Path]], project: Project) -> bytes | None:
    """A known model of exactly the same examples, whatever their positions."""
    for packed, model in known:
        try:
            with _opened(packed) as folder:
                if _placeless(read_project(folder)) == _placeless(project):
                    learnt = model.read_bytes()
                    unpack_model(learnt, Russian())
                    return learnt
        except (ProjectError, ModelFormatError, OknoError):
            continue  # made by another version of Okno: train again
    return None


def _placeless(project: Project) -> object:
    said = [msgspec.structs.replace(one, file="", line=0) for one in project.examples.said]
    return msgspec.structs.replace(project.examples, said=tuple(said))


def _lost(before: Path | None, project: Project) -> tuple[str, ...]:
    """Test stories that the project does not have any more."""
    if before is None:
        return ()
    with _opened(before) as folder:
        try:
            known = read_project(folder)
        except ProjectError:
            return ()
    kept = {story.name for story in project.tests}
    return tuple(sorted({story.name for story in known.tests} - kept))


def _changes(before: Path | None, project: Project) -> tuple[str, ...]:
    if before is None:
        return ()
    with _opened(before) as folder:
        try:
            return tuple(map(str, compare(read_project(folder), project)))
        except ProjectError:
            return ()  # valid for another version of Okno only


@contextmanager
def _opened(packed: Path) -> Iterator[Path]:
    try:
        files = unpack(packed.read_bytes())
    except (ProjectArchiveError, OSError) as error:
        message = f"{packed}: {error}"
        raise OknoError(message) from error
    with folder_of(files) as folder:
        yield folder


def _flaws(faults: tuple[Fault, ...], folder: Path) -> tuple[Flaw, ...]:
    return tuple(Flaw("" if each.file == str(folder) else each.file, each.line, each.words, each.grave) for each in faults)


def _failing(one: StoryTestResults) -> FailedStory:
    return FailedStory(one.name, one.file, one.line, tuple(Mistake(each.expected, each.came) for each in one.mistakes))


def _tell(progress: Progress) -> None:
    print(msgspec.json.encode(progress).decode(), flush=True)


if __name__ == "__main__":
    sys.exit(main())
