"""YAML whose values know their file and line, for error messages.

Scalars follow YAML 1.2, as in Rasa: `yes`, `no`, `on` and `off` are strings, and only `true` and `false` are booleans.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from difflib import get_close_matches
from typing import TypeAlias

import yaml
from msgspec import Struct

from bots.project.yaml_faults import explain

Value: TypeAlias = "bool | int | float | str | Seq | Map | None"

_BOOL, _NULL = re.compile(r"true|True|TRUE|false|False|FALSE"), re.compile(r"~|null|Null|NULL|")
_INT = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
# YAML 1.2.2 §10.3.2
_BASES = {"0o": 8, "0x": 16}
_ALIKE = 0.85
_DEEPEST = 60
"""Maximum levels of nesting; a project needs ten."""
_LARGEST = 20_000_000
"""Maximum characters of a file."""


class Fault(Struct, frozen=True, order=True):
    """An error of a project and its place: `line` counts from 1, and 0 is the whole file."""

    file: str
    line: int
    words: str
    grave: bool = True
    """The project cannot be used; otherwise only something in it has no effect."""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {'' if self.grave else 'внимание: '}{self.words}"


class Map(dict[str, "Value"]):
    """A mapping with the line of each key, and the line where the text of its value begins."""

    __slots__ = ("line", "lines", "texts")

    def __init__(self, line: int = 0) -> None:
        super().__init__()
        self.line = line
        self.lines: dict[str, int] = {}
        self.texts: dict[str, int] = {}

    def at(self, key: str) -> int:
        """The line of a key, or of the mapping when it is absent."""
        return self.lines.get(key, self.line)


class Seq(list["Value"]):
    """A list with the line of each item."""

    __slots__ = ("line", "lines")

    def __init__(self, line: int = 0) -> None:
        super().__init__()
        self.line = line
        self.lines: list[int] = []

    def placed(self) -> Iterator[tuple[int, Value]]:
        """Each item with its line."""
        return zip(self.lines, self, strict=True)


class Page:
    """A file being read, and its errors. A value of the wrong type is an error and reads as empty."""

    def __init__(self, file: str, faults: list[Fault]) -> None:
        self.file, self.faults = file, faults

    def fault(self, line: int, words: str, *, grave: bool = True) -> None:
        self.faults.append(Fault(self.file, line, words, grave))

    def unknown(self, line: int, words: str, key: str, known: Iterable[str]) -> None:
        """A key without effect. One that is nearly a known one is a mistake that nobody would notice, and grave."""
        meant = get_close_matches(key, known, 1, _ALIKE)
        self.fault(line, f"{words}: видимо, это {meant[0]}" if meant else words, grave=bool(meant))

    def unknown_keys(self, map_: Map, known: Collection[str], what: str) -> None:
        """The keys of a mapping that are not known there."""
        for key in map_.keys() - set(known):
            self.unknown(map_.at(key), f"{what}: ключ «{key}» не поддерживается", key, known)

    def read(self, text: str) -> Map:
        """The mapping in a file."""
        if len(text) > _LARGEST:
            self.fault(0, "файл слишком велик")
            return Map()
        loader = _Loader(text)
        try:
            node = loader.get_single_node()
            return Map(1) if node is None else self.map(_Reader(self).value(node, 0), node.start_mark.line + 1, "файл")
        except yaml.YAMLError as error:
            line, words = explain(error, text, _Loader)
            self.fault(line, f"не YAML: {words}")
        except ValueError as error:
            self.fault(0, f"не YAML: {error}")
        finally:
            loader.dispose()
        return Map()

    def map(self, value: Value, line: int, what: str) -> Map:
        if isinstance(value, Map):
            return value
        if value is not None:
            self.fault(line, f"{what}: ожидаются пары «ключ: значение»")
        return Map(line)

    def seq(self, value: Value, line: int, what: str) -> Seq:
        if isinstance(value, Seq):
            return value
        if value is not None:
            self.fault(line, f"{what}: ожидается список")
        return Seq(line)

    def text(self, value: Value, line: int, what: str) -> str:
        """A text; numbers and booleans are converted as in JSON."""
        if isinstance(value, str):
            return value.strip()
        if isinstance(value, (Map, Seq)) or value is None:
            self.fault(line, f"{what}: ожидается текст")
            return ""
        return str(value).lower() if isinstance(value, bool) else str(value)

    def texts(self, value: Value, line: int, what: str) -> list[tuple[int, str]]:
        """A list of texts with their lines; a single text is a list of one, as in Rasa."""
        if isinstance(value, str):
            return [(line, value.strip())]
        return [(at, self.text(item, at, what)) for at, item in self.seq(value, line, what).placed()]


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc] # libyaml, where PyYAML was built with it
    """PyYAML's composer, with the scalars of YAML 1.2."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012 - PyYAML's own name


class _Reader:
    """Turns the nodes of one file into values. Anchored nodes are read once, so that a file of aliases cannot grow without bound."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._done: dict[int, Value] = {}
        self._open: set[int] = set()

    def value(self, node: yaml.Node, depth: int) -> Value:
        if id(node) in self._done:
            return self._done[id(node)]
        if id(node) in self._open or depth > _DEEPEST:
            self._page.fault(node.start_mark.line + 1, "значение содержит само себя или вложено слишком глубоко")
            return None
        self._open.add(id(node))
        match node:
            case yaml.MappingNode():
                read: Value = self._map(node, depth + 1)
            case yaml.SequenceNode():
                read = self._seq(node, depth + 1)
            case yaml.ScalarNode():
                read = _scalar(node)
            case _:
                raise TypeError(node)
        self._open.discard(id(node))
        self._done[id(node)] = read
        return read

    def _seq(self, node: yaml.SequenceNode, depth: int) -> Seq:
        seq = Seq(node.start_mark.line + 1)
        for item in node.value:
            seq.append(self.value(item, depth))
            seq.lines.append(item.start_mark.line + 1)
        return seq

    def _map(self, node: yaml.MappingNode, depth: int) -> Map:
        read = Map(node.start_mark.line + 1)
        for key, value in node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode):
                self._page.fault(line, "ключ должен быть текстом")
            elif key.value == "<<" and isinstance(value, yaml.MappingNode):
                self._merge(read, self.value(value, depth))
            elif key.value in read:
                self._page.fault(line, f"ключ «{key.value}» повторяется")
            else:
                read[key.value] = self.value(value, depth)
                read.lines[key.value] = line
                # A block scalar (| or >) begins on the line after its mark.
                read.texts[key.value] = value.start_mark.line + (2 if getattr(value, "style", "") in {"|", ">"} else 1)
        return read

    @staticmethod
    def _merge(into: Map, other: Value) -> None:
        if isinstance(other, Map):
            for key, value in other.items():
                if key not in into:
                    into[key], into.lines[key], into.texts[key] = value, other.lines[key], other.texts[key]


def _scalar(node: yaml.ScalarNode) -> bool | int | float | str | None:
    text: str = node.value
    if node.style or (node.tag == "tag:yaml.org,2002:str" and text.startswith("!")):
        return text
    if _NULL.fullmatch(text):
        return None
    if _BOOL.fullmatch(text):
        return text.lower() == "true"
    if _INT.fullmatch(text):
        return int(text[2:], _BASES[text[:2]]) if text[:2] in _BASES else int(text)
    if _FLOAT.fullmatch(text):
        return float(text.replace(".inf", "inf").replace(".Inf", "inf").replace(".INF", "inf").lower().replace(".nan", "nan"))
    return text
