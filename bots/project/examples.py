"""Training examples: intents with marked entities, synonyms, regular expressions, lookup tables."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from msgspec import Struct

from bots.dialogue.parsed import Entity
from bots.project.located_yaml import Map, Page, Value
from hub.kernel.pattern_syntax import PatternError
from hub.kernel.patterns import Pattern

_ENTITY = re.compile(
    r"\[(?P<text>[^\[\]]+)\](?:\((?P<entity>[^:()\[\]]+)(?::(?P<value>[^)\[\]]+))?\)|\{(?P<json>[^{}]+)\}|\[(?P<several>[^\[\]]*)\])")
"""`[text](entity)`, `[text](entity:value)`, `[text]{"entity": …}`, `[text][{"entity": …}, {…}]`."""
_UNCLOSED = re.compile(r"\[[^\[\]]+\](?:\([^()]*|\{[^{}]*)$|\[[^\[\]]*$")
"""A mark that does not end: `[Kazan](city`."""
_JSON = re.compile(r"\{[^{}]+\}")
SHOWN = 60
"""Maximum characters of an expression in a message."""
_STRIP = "\n\r "


class Example(Struct, frozen=True):
    """An example with its entities; `intent` includes the question of a retrieval intent: faq/ask_hours."""

    text: str
    intent: str
    entities: tuple[Entity, ...] = ()
    file: str = ""
    line: int = 0


class Examples(Struct, frozen=True):
    """All training data."""

    said: tuple[Example, ...] = ()
    synonyms: Mapping[str, str] = {}
    """Written form → value."""
    patterns: tuple[tuple[str, str], ...] = ()
    """Name and regular expression; one name may have several."""
    lookups: Mapping[str, tuple[str, ...]] = {}

    def retrieval(self) -> frozenset[str]:
        """Intents with questions."""
        return frozenset(one.intent.split("/")[0] for one in self.said if "/" in one.intent)


class Marked(Struct, frozen=True):
    """A text and its marked entities."""

    text: str
    entities: tuple[Entity, ...]


def unmark(written: str) -> Marked:
    """The text of an example without marks, and its entities. Raises ValueError for an invalid mark."""
    entities: list[Entity] = []
    text, at = "", 0
    for match in _ENTITY.finditer(written):
        text += written[at:match.start()]
        start, end, at = len(text), len(text) + len(match["text"]), match.end()
        text += match["text"]
        if match["entity"]:
            entities.append(Entity(match["entity"], match["value"] or match["text"], start, end))
        else:
            found = _JSON.findall(match["several"]) if match["several"] is not None else ["{" + match["json"] + "}"]
            entities += [_entity(one, match["text"], start, end) for one in found]
    return Marked(text + written[at:], tuple(entities))


class _Written(Struct):
    entity: str
    value: Any = None
    role: str = ""
    group: str = ""


def _entity(written: str, text: str, start: int, end: int) -> Entity:
    try:
        read = msgspec.json.decode(written, type=_Written)
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        message = f"разметка «{written}» не читается: {error}"
        raise ValueError(message) from error
    return Entity(read.entity, text if read.value is None else read.value, start, end, read.role, read.group)


class ExamplesReader:
    """Collects examples from several files."""

    def __init__(self) -> None:
        self._said: list[Example] = []
        self._synonyms: dict[str, str] = {}
        self._patterns: list[tuple[str, str]] = []
        self._lookups: dict[str, list[str]] = {}

    def add(self, page: Page, file: Map) -> None:
        for line, item in page.seq(file.get("nlu"), file.at("nlu"), "nlu").placed():
            block = page.map(item, line, "nlu")
            match block:
                case {"intent": intent}:
                    self._add_intent(page, line, page.text(intent, line, "intent"), block)
                case {"synonym": name}:
                    value = page.text(name, line, "synonym")
                    self._synonyms |= {text.casefold(): value for _, text in _lines(page, block, f"синоним «{value}»")}
                case {"regex": name}:
                    self._add_patterns(page, page.text(name, line, "regex"), block)
                case {"lookup": name}:
                    table = self._lookups.setdefault(page.text(name, line, "lookup"), [])
                    table += [text for _, text in _lines(page, block, "lookup")]
                case _:
                    page.fault(line, "в nlu бывают intent, synonym, regex и lookup")

    def finish(self) -> Examples:
        return Examples(tuple(self._said), self._synonyms, tuple(self._patterns), {name: tuple(one) for name, one in self._lookups.items()})

    def _add_intent(self, page: Page, line: int, intent: str, block: Map) -> None:
        if not intent:
            return
        before = len(self._said)
        for at, written in _lines(page, block, f"намерение «{intent}»"):
            try:
                marked = unmark(written)
            except ValueError as error:
                page.fault(at, str(error))
                continue
            if broken := _UNCLOSED.search(marked.text):
                page.fault(at, f"разметка «{broken[0]}» не закрыта", grave=False)
            self._said.append(Example(marked.text, intent, marked.entities, page.file, at))
            # A marked text with another value is its synonym, as in Rasa.
            self._synonyms |= {text.casefold(): one.value for one in marked.entities
                               if isinstance(one.value, str) and (text := marked.text[one.start:one.end]) != one.value}
        if len(self._said) == before:
            page.fault(line, f"у намерения «{intent}» нет примеров", grave=False)

    def _add_patterns(self, page: Page, name: str, block: Map) -> None:
        for line, text in _lines(page, block, f"regex «{name}»"):
            try:
                Pattern(text, ignore_case=True)
            except PatternError as error:
                page.fault(line, f"regex «{name}»: «{text[:SHOWN]}»: {error}")
            else:
                self._patterns.append((name, text))


def _lines(page: Page, block: Map, what: str) -> Iterator[tuple[int, str]]:
    """The examples of a block with their lines: a text of lines that begin with a dash, or a list of `text`."""
    examples: Value = block.get("examples")
    if not isinstance(examples, str):
        for line, item in page.seq(examples, block.at("examples"), what).placed():
            text = page.map(item, line, what).get("text") if isinstance(item, Map) else item
            yield line, page.text(text, line, what).strip(_STRIP).removeprefix("- ")
        return
    for line, text in enumerate(examples.splitlines(), block.texts["examples"]):
        if text.startswith("-"):
            if example := text[1:].strip(_STRIP):
                yield line, example
        elif text.strip():
            page.fault(line, f"{what}: пример начинается не с «-»: {text.strip()[:60]}", grave=False)
