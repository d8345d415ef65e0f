"""Examples from real conversations: a separate file in a project, and detection of duplicates.

The file is machine-written: comments in it are lost when the next example is added.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import yaml

from bots.knowledge.answer_cache import normal
from bots.project.examples import Examples, ExamplesReader, unmark
from bots.project.located_yaml import Fault, Map, Page
from hub.robot.phrase import Meaning

PATH = "data/nlu/phrases.yml"
LONGEST = 300
"""Maximum characters of an example."""


class DuplicateExampleError(ValueError):
    """The example exists already, for `intent`; `where` is its file and line."""

    def __init__(self, intent: str, where: str) -> None:
        super().__init__(f"{intent}: {where}")
        self.intent, self.where = intent, where


class ForeignContentError(ValueError):
    """The file contains something other than examples, in `line` (0: the whole file)."""

    def __init__(self, line: int) -> None:
        super().__init__(f"{PATH}:{line}")
        self.line = line


def meanings(files: Mapping[str, str]) -> list[Meaning]:
    """The intents of a project's files, by name; retrieval intents are replaced by their questions (faq/ask_hours)."""
    examples = examples_of(files)
    said: dict[str, list[str]] = {name: [] for name in _declared(files) if name not in examples.retrieval()}
    for one in examples.said:
        said.setdefault(one.intent, []).append(one.text)
    return [Meaning(intent, texts[0] if texts else "", len(texts)) for intent, texts in sorted(said.items())]


def examples_of(files: Mapping[str, str]) -> Examples:
    """All readable examples: `okno bot check` reports the errors."""
    faults: list[Fault] = []
    reader = ExamplesReader()
    for path, text in sorted(files.items()):
        if "nlu" in text and _is_yaml(path) and path.startswith(("data/", "domain")):
            page = Page(path, faults)
            reader.add(page, page.read(text))
    return reader.finish()


def taught(files: Mapping[str, str]) -> frozenset[str]:
    """The normal forms of all examples."""
    return frozenset(normal(one.text) for one in examples_of(files).said)


def plain(example: str) -> str:
    """The normal form of an annotated example."""
    try:
        return normal(unmark(example).text)
    except ValueError:
        return normal(example)


def with_example(files: Mapping[str, str], intent: str, example: str) -> str:
    """The text of the file with another example.

    Raises DuplicateExampleError, ForeignContentError, and ValueError where a mark of an entity is broken.
    """
    wanted = normal(unmark(example).text)
    for one in examples_of(files).said:
        if normal(one.text) == wanted:
            raise DuplicateExampleError(one.intent, f"{one.file}:{one.line}")
    own = _own(files)
    own.setdefault(intent, []).append(example)
    return _written(own)


def with_examples(files: Mapping[str, str], intent: str, examples: Sequence[str]) -> str:
    """The text of the file with other examples, but for those that exist. Raises ForeignContentError, and ValueError as `with_example`."""
    own, known = _own(files), set(taught(files))
    for example in examples:
        if (wanted := normal(unmark(example).text)) not in known:
            own.setdefault(intent, []).append(example)
            known.add(wanted)
    return _written(own)


def without_examples(files: Mapping[str, str], examples: Iterable[tuple[str, str]]) -> str:
    """The text of the file without examples, each with its intent. Raises ForeignContentError."""
    own = _own(files)
    for intent, example in examples:
        if example in own.get(intent, []):
            own[intent].remove(example)
    return _written(own)


def without_example(files: Mapping[str, str], intent: str, example: str) -> str:
    """The text of the file without an example; unchanged where it is missing. Raises ForeignContentError."""
    return without_examples(files, [(intent, example)])


def _own(files: Mapping[str, str]) -> dict[str, list[str]]:
    """Intents and their annotated examples. Raises ForeignContentError for any other content, which would be lost."""
    faults: list[Fault] = []
    page = Page(PATH, faults)
    whole = page.read(files.get(PATH, ""))
    found: dict[str, list[str]] = {}
    for line, block in page.seq(whole.get("nlu"), whole.at("nlu"), "nlu").placed():
        each = page.map(block, line, "nlu")
        lines = page.text(each.get("examples"), line, "examples").splitlines()
        if each.keys() != {"intent", "examples"} or not all(one.startswith("-") for one in lines if one.strip()):
            raise ForeignContentError(line)
        found.setdefault(page.text(each["intent"], line, "intent"), []).extend(
            written for one in lines if (written := one.removeprefix("-").strip()))
    if faults or whole.keys() - {"version", "nlu"}:
        raise ForeignContentError(faults[0].line if faults else 0)
    return found


def _written(own: Mapping[str, list[str]]) -> str:
    nlu = [{"intent": intent, "examples": _Block("".join(f"- {one}\n" for one in examples))}
           for intent, examples in own.items() if examples]
    whole: dict[str, Any] = {"version": "3.1", "nlu": nlu}
    return yaml.dump(whole, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=1 << 30)


def _declared(files: Mapping[str, str]) -> list[str]:
    found: list[str] = []
    for path, text in files.items():
        if "intents" in text and _is_yaml(path) and path.startswith(("domain", "data/")):
            page = Page(path, [])
            for line, one in page.seq(page.read(text).get("intents"), 0, "intents").placed():
                found.append(next(iter(one), "") if isinstance(one, Map) else page.text(one, line, "intents"))
    return found


def _is_yaml(path: str) -> bool:
    return path.endswith((".yml", ".yaml"))


class _Block(str):
    """Written as a YAML block scalar."""

    __slots__ = ()


class _Dumper(yaml.SafeDumper):
    pass


_Dumper.add_representer(_Block, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", str(text), style="|"))
