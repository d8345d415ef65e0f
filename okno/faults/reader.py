"""Turns what a TOML file says into structs, and tells every fault, not the first alone.

msgspec stops at the first fault. It is noted and taken out, and the rest is tried again, until nothing is wrong or nothing is left.
"""

import re
from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

from okno.faults.config_error import ConfigFault, Key, dotted

T = TypeVar("T")
_WHERE = re.compile(r" - at (?:`key` in )?`\$?([^`]*)`$")
_PART = re.compile(r"\.?([^.\[\]]+)|\[(\d+|\.\.\.)\]")
_UNKNOWN = re.compile(r"^Object contains unknown field `([^`]*)`")
_MISSING = re.compile(r"^Object missing required field `([^`]*)`")
_MOST = 100
"""Faults that are told at once."""


def read_all(raw: dict[str, Any], convert: Callable[[dict[str, Any]], T], place: Key = ()) -> tuple[T | None, list[ConfigFault]]:
    """The struct, and what is wrong; `place` is where `raw` stands in the file. With faults the struct lacks what was wrong, or is None.

    What is wrong is taken out of `raw`.
    """
    faults, tree = list[ConfigFault](), _Tree(raw)
    while len(faults) < _MOST:
        try:
            return convert(raw), faults
        except msgspec.ValidationError as error:
            key, text, follows = tree.cut(str(error))
            if not follows:
                faults.append(ConfigFault.of((*place, *key), text))
            if not tree.has_cut:
                break
    return None, faults


class _Tree:
    """What a file says, out of which values are cut, and where each of them stood."""

    def __init__(self, root: dict[str, Any]) -> None:
        self._root = root
        self._cut = set[tuple[int, str]]()
        """Keys that were cut out of a table, by the table's identity."""
        self._numbers: dict[int, list[int]] = {}
        """For each shortened array, where its elements stood."""
        self.has_cut = False
        """Whether the last fault could be taken out."""

    def cut(self, error: str) -> tuple[Key, str, bool]:
        """Takes out what an error is about: its key, the fault in words, and whether it only follows from an earlier cut."""
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
        """The containers on the way with the step taken in each, the key as it stood in the file, and what is there."""
        parents, key = list[tuple[Any, str | int]](), list[str | int]()
        here: Any = self._root
        for step in steps:
            if isinstance(here, dict) and str(step) in here:
                parents.append((here, step))
                key.append(step)
            elif isinstance(here, list) and isinstance(step, int) and step < len(here):
                parents.append((here, step))
                key.append(self._numbers.get(id(here), range(len(here)))[step])
            else:  # one of a table's many values: all of it is meant
                break
            here = here[step]
        if steps and not parents and steps[-1] in self._root:  # a driver may have put it elsewhere before it was read
            return [(self._root, steps[-1])], (steps[-1],), self._root[str(steps[-1])]
        return parents, tuple(key), here
