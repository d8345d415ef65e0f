"""A Rasa 3 project: a folder with domain, examples, rules, stories, test stories and settings."""

import re
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from bots.project.domain import Domain
from bots.project.domain_file import KEYS, DomainReader
from bots.project.examples import Examples, ExamplesReader
from bots.project.located_yaml import Fault, Map, Page
from bots.project.settings import Settings, read_settings
from bots.project.stories import ActionStep, Rule, Story, read_rules, read_stories

_PLACES = {"domain": ["domain.yml", "domain.yaml", "domain"], "data": ["data"], "tests": ["tests", "e2e"],
           "config": ["config.yml", "config.yaml"]}
_TESTS = ("test_*.yml", "test_*.yaml", "*/test_*.yml", "*/test_*.yaml")
"""Test stories that Rasa finds by their names."""
_OF_RASA_2 = re.compile(r"^##\s*(intent|story|lookup|synonym|regex)\b|^##.*\n\* |\"rasa_nlu_data\"", re.IGNORECASE | re.MULTILINE)
_MOST_FILES = 5_000


class ProjectError(Exception):
    """A project cannot be read. `faults` are all errors found; at least one of them is grave."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        super().__init__("\n".join(map(str, faults)))
        self.faults = faults


class Project(Struct, frozen=True, dict=True):
    """Contents of a project's files. `notes` are errors that do not prevent its use."""

    folder: Path
    domain: Domain
    examples: Examples
    rules: tuple[Rule, ...]
    stories: tuple[Story, ...]
    tests: tuple[Story, ...]
    settings: Settings
    notes: tuple[Fault, ...] = ()

    @cached_property
    def name(self) -> str:
        return self.folder.resolve().name


def read_project(folder: Path) -> Project:
    """Read a project. The domain is domain.yml or the folder domain/; the rest is in data/ and tests/.

    Files named test_*.yml in the folder and its subfolders are test stories, too. Raises ProjectError.
    """
    faults: list[Fault] = []
    if not folder.is_dir():
        raise ProjectError((Fault(str(folder), 0, "такой папки нет"),))
    pages = {name: list(_pages(folder, paths, faults)) for name, paths in _PLACES.items()}
    if not pages["domain"]:
        faults.append(Fault(str(folder), 0, "нет ни domain.yml, ни папки domain"))
    _tell_of_other_formats(folder, faults)
    domain, examples = DomainReader(), ExamplesReader()
    rules: list[Rule] = []
    stories: list[Story] = []
    for page, file in pages["domain"]:
        domain.add(page, file)
    for page, file in (*pages["domain"], *pages["data"]):
        _note_version(page, file)
        examples.add(page, file)
        rules += read_rules(page, file)
        stories += read_stories(page, file)
    for page, file in pages["data"]:
        _add_data(page, file, domain)
    pages["tests"] += _pages(folder, _named_tests(folder), faults)
    tests = [story for page, file in pages["tests"] for story in _read_tests(page, file)]
    learnt = examples.finish()
    steps = (*(step for rule in rules for step in rule.steps), *(step for story in stories for step in story.steps))
    said = [step.words for step in steps if isinstance(step, ActionStep) and step.words]
    read = domain.finish(learnt.retrieval(), said)
    settings = read_settings(*pages["config"][0]) if pages["config"] else Settings()
    if any(fault.grave for fault in faults):
        raise ProjectError(tuple(sorted(faults)))
    return Project(folder, read, learnt, tuple(rules), tuple(stories), tuple(tests), settings, tuple(sorted(faults)))


def read_examples(path: Path) -> Examples:
    """A file of examples only, as held-out ones; raises ProjectError."""
    faults: list[Fault] = []
    reader = ExamplesReader()
    for page, file in _pages(path.parent, [path.name], faults):
        reader.add(page, file)
    if not path.is_file():
        faults.append(Fault(path.name, 0, "такого файла нет"))
    if any(fault.grave for fault in faults):
        raise ProjectError(tuple(sorted(faults)))
    return reader.finish()


def _read_tests(page: Page, file: Map) -> list[Story]:
    """Test stories; a file with errors disables itself alone."""
    stories = list(read_stories(page, file))
    broken = [fault for fault in page.faults if fault.file == page.file and fault.grave]
    if broken:
        page.faults[:] = [replace(fault, grave=False) if fault in broken else fault for fault in page.faults]
        page.fault(0, "в файле ошибки: его истории не играются", grave=False)
        return []
    if file and "stories" not in file:
        page.fault(0, "здесь нет stories: файл не играется", grave=False)
    return stories


def _add_data(page: Page, file: Map, domain: DomainReader) -> None:
    """Responses may be in the file of their examples; parts of a domain may be in data/, too."""
    known = {"version", "nlu", "rules", "stories", *KEYS}
    for key in file.keys() - known:
        page.unknown(file.at(key), f"неизвестный раздел «{key}»", key, known)
    if file.keys() & set(KEYS):
        part = Map(file.line)
        for key in file.keys() & set(KEYS):
            part[key], part.lines[key] = file[key], file.at(key)
        domain.add(page, part)


def _note_version(page: Page, file: Map) -> None:
    version = str(file.get("version", "3.1"))
    if not version.startswith("3"):
        page.fault(file.at("version"), f"формат версии {version}: поддерживается Rasa 3, переводит okno bot migrate", grave=False)


def _pages(folder: Path, names: Iterable[str], faults: list[Fault]) -> Iterator[tuple[Page, Map]]:
    for path in _files(folder, names):
        page = Page(path.relative_to(folder).as_posix(), faults)
        try:
            text = path.read_text("utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            page.fault(0, f"файл не читается: {error}")
        else:
            yield page, page.read(text)


def _files(folder: Path, names: Iterable[str]) -> Iterator[Path]:
    for name in names:
        path = folder / name
        if path.is_file():
            yield path
        elif path.is_dir():
            found = [one for one in path.rglob("*") if one.suffix in {".yml", ".yaml"} and one.is_file() and not _hidden(one, folder)]
            yield from sorted(found)[:_MOST_FILES]


def _named_tests(folder: Path) -> list[str]:
    """Files of test stories outside data/ and tests/."""
    read_anyway = {name for names in _PLACES.values() for name in names}
    files = {path for pattern in _TESTS for path in folder.glob(pattern) if path.is_file() and not _hidden(path, folder)}
    return sorted(path.as_posix() for path in (file.relative_to(folder) for file in files) if path.parts[0] not in read_anyway)


def _tell_of_other_formats(folder: Path, faults: list[Fault]) -> None:
    """Report Markdown (Rasa 2) and JSON (Rasa NLU) files: their examples and stories are not read."""
    others = [one for one in (folder / "data").rglob("*") if one.suffix in {".md", ".json"} and one.is_file() and not _hidden(one, folder)]
    words = "формат Rasa 2 не поддерживается: примеры и истории пишутся в YAML (их переводит rasa data convert из Rasa 2)"
    faults += [Fault(one.relative_to(folder).as_posix(), 0, words) for one in sorted(others)
               if _OF_RASA_2.search(one.read_text("utf-8-sig", errors="replace"))]


def _hidden(path: Path, folder: Path) -> bool:
    return any(part.startswith(".") for part in path.relative_to(folder).parts)
