"""Converts the content of a TOML file to structs and reports every fault, not only the first.

msgspec stops at the first fault: it is recorded and cut out, and the rest is converted again, until no fault or no content is left.
"""

import re
from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

from okno.faults.allowed_values import permitted
from okno.faults.config_error import ConfigFault, dotted
from okno.faults.toml_lines import Key

T = TypeVar("T")
_WHERE = re.compile(r" - at (?:`key` in )?`\$?([^`]*)`$")
_PART = re.compile(r"\.?([^.\[\]]+)|\[(\d+|\.\.\.)\]")
_UNKNOWN = re.compile(r"^Object contains unknown field `([^`]*)`")
_MISSING = re.compile(r"^Object missing required field `([^`]*)`")
_MOST = 100
"""Maximum faults of one report."""


def read_all(raw: dict[str, Any], convert: Callable[[dict[str, Any]], T], place: Key = (),
             shape: type | None = None) -> tuple[T | None, list[ConfigFault]]:
    """The struct and the faults; `place` is the place of `raw` in the file. With faults the struct lacks the wrong values, or is None.

    Wrong values are cut out of `raw`. Faults of a known `shape` say what is permitted.
    """
    faults, tree = list[ConfigFault](), _Tree(raw)
    while len(faults) < _MOST:
        try:
            return convert(raw), faults
        except msgspec.ValidationError as error:
            key, text, follows = tree.cut(str(error))
            if not follows:
                allowed = permitted(shape, key) if shape and not text.startswith("Object") else ""
                faults.append(ConfigFault.of((*place, *key), f"{text}: {allowed}" if allowed else text))
            if not tree.has_cut:
                break
    return None, faults


class _Tree:
    """Content of a file, out of which values are cut; it keeps their places in the file."""

    def __init__(self, root: dict[str, Any]) -> None:
        self._root = root
        self._cut = set[tuple[int, str]]()
        """Keys cut out of tables, each with the identity of its table."""
        self._numbers: dict[int, list[int]] = {}
        """For each shortened array, the original indices of its elements."""
        self.has_cut = False
        """Whether the last fault could be cut out."""

    def cut(self, error: str) -> tuple[Key, str, bool]:
        """Cut out the subject of an error; returns its key, the fault as text, and whether it only follows from an earlier cut."""
        where = _WHERE.search(error)
        text, self.has_cut = error[:where.start()] if where else error, False
        steps: list[str | int] = [int(number) if number.isdigit() else name or number
                                  for name, number in _PART.findall(where[1] if where else "")]
        if unknown := _UNKNOWN.match(text):
            steps, text = [*steps, unknown[1]], "there is no such key"
        parents, key, holder = self._walk(steps)
        missing = _MISSING.match(text)
        follows = bool(missing and (id(holder), missing[1]) in self._cut) or id(holder) in self._numbers
        if not parents:
            return key, f"{dotted(tuple(steps))}: {text}" if steps else text, follows
        container, last = parents[-1]
        if isinstance(container, dict):
            self._cut.add((id(container), str(last)))
            self.has_cut = container.pop(str(last), self) is not self
        else:
            self._numbers.setdefault(id(container), list(range(len(container)))).pop(int(last))
            del container[int(last)]
            self.has_cut = True
        return key, text, follows

    def _walk(self, steps: list[str | int]) -> tuple[list[tuple[Any, str | int]], Key, Any]:
        """The containers on the path with the step in each, the key as in the file, and the value there."""
        parents, key = list[tuple[Any, str | int]](), list[str | int]()
        here: Any = self._root
        for step in steps:
            if isinstance(here, dict) and str(step) in here:
                parents.append((here, step))
                key.append(step)
            elif isinstance(here, list) and isinstance(step, int) and step < len(here):
                parents.append((here, step))
                key.append(self._numbers.get(id(here), range(len(here)))[step])
            else:  # one of a table's values: the whole table is meant
                break
            here = here[step]
        if steps and not parents and steps[-1] in self._root:  # a driver may have moved it before conversion
            return [(self._root, steps[-1])], (steps[-1],), self._root[str(steps[-1])]
        return parents, tuple(key), here
