"""The line of every key of a TOML file, which tomllib does not report. Only for text that tomllib has accepted.

https://toml.io/en/v1.0.0
"""

import re
from typing import TypeAlias

Key: TypeAlias = tuple[str | int, ...]
"""The place of a value: ("channels", 0, "driver"); () is the whole file."""
_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_PLAIN = re.compile(r"[^,\]}#\n]*")
"""A number, a date, true or false."""
_STRING = re.compile(
    r'"""(?:[^"\\]|\\.|"(?!""))*"{3,5}' r"|'''(?:[^']|'(?!''))*'{3,5}" r'|"(?:[^"\\]|\\.)*"' r"|'[^']*'", re.DOTALL)


def key_lines(text: str) -> dict[Key, int]:
    """Line, counted from 1, of each key, table and element of an array: ("channels", 0, "driver")."""
    return _Reader(text).read()


class _Reader:
    def __init__(self, text: str) -> None:
        self._text, self._at = text, 0
        self._lines: dict[Key, int] = {}
        self._counts: dict[Key, int] = {}
        """Elements of each array of tables so far."""

    def read(self) -> dict[Key, int]:
        table: Key = ()
        self._skip()
        while self._at < len(self._text):
            if self._sees("["):
                table = self._header()
            else:
                self._pair(table)
            self._skip()
        return self._lines

    def _header(self) -> Key:
        line, many = self._line(), self._sees("[[")
        self._at += 2 if many else 1
        key = self._key()
        table: Key = ()
        for part in key[:-1]:
            self._lines.setdefault((*table, part), line)
            table = self._last(*table, part)
        table = (*table, key[-1])
        self._lines.setdefault(table, line)
        if many:
            number = self._counts[table] = self._counts.get(table, -1) + 1
            table = (*table, number)
            self._lines[table] = line
        self._at = self._text.index("]]" if many else "]", self._at) + (2 if many else 1)
        return table

    def _last(self, *table: str | int) -> Key:
        """A table, or the last of an array of them."""
        return (*table, self._counts[table]) if table in self._counts else table

    def _pair(self, table: Key) -> None:
        line, key = self._line(), table
        for part in self._key():
            key = (*key, part)
            self._lines.setdefault(key, line)
        self._at = self._text.index("=", self._at) + 1
        self._value(key)

    def _key(self) -> tuple[str, ...]:
        parts = list[str]()
        while True:
            self._skip()
            if self._text[self._at] in "\"'":
                parts.append(self._string()[1:-1])
            else:
                found = _BARE.match(self._text, self._at)
                if not found:
                    raise ValueError("a key is expected")
                self._at = found.end()
                parts.append(found[0])
            self._skip()
            if not self._sees("."):
                return tuple(parts)
            self._at += 1

    def _value(self, key: Key) -> None:
        self._skip()
        match self._text[self._at]:
            case '"' | "'":
                self._string()
            case "[":
                self._at += 1
                self._elements(key)
            case "{":
                self._at += 1
                self._inline(key)
            case _:
                found = _PLAIN.match(self._text, self._at)
                self._at = found.end() if found else self._at

    def _elements(self, key: Key) -> None:
        number = 0
        while self._goes_on("]"):
            self._lines[*key, number] = self._line()
            self._value((*key, number))
            number += 1

    def _inline(self, key: Key) -> None:
        while self._goes_on("}"):
            self._pair(key)

    def _goes_on(self, end: str) -> bool:
        """Whether another element follows; steps over the comma, or the end."""
        self._skip()
        if self._sees(","):
            self._at += 1
            self._skip()
        if self._sees(end):
            self._at += 1
            return False
        return True

    def _string(self) -> str:
        found = _STRING.match(self._text, self._at)
        if not found:
            raise ValueError("a string is expected")
        self._at = found.end()
        return found[0]

    def _skip(self) -> None:
        if found := _BLANK.match(self._text, self._at):
            self._at = found.end()

    def _sees(self, sign: str) -> bool:
        return self._text.startswith(sign, self._at)

    def _line(self) -> int:
        return self._text.count("\n", 0, self._at) + 1
