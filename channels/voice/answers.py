"""The text protocol of FastAGI without sockets: call data, commands, and responses (res_agi.c)."""

import re
from collections.abc import Sequence

from msgspec import Struct

from hub.kernel.errors import OknoError

LINE_BYTES = 2047
"""Asterisk reads commands into a buffer of 2048 bytes; a longer one would be split."""
READABLE_BYTES = 1023
"""GET VARIABLE returns no more of a value."""
HEADER = "agi_"
GOOD, DEAD, USAGE = 200, 511, 520
FAILED = "-1"

_ANSWER = re.compile(r"(\d{3})(?: result=(\S*))?(?: \((.*)\))?(?: endpos=(\d+))?.*", re.ASCII | re.DOTALL)
_VERB = re.compile(r"[A-Z]+(?: [A-Z]+)*", re.ASCII)


class ForgedError(OknoError):
    """Data about a call that a third party has injected, for example by a line break in a number."""


class Answer(Struct, frozen=True, gc=False):
    """Response to a command. `data` is the text in parentheses; `endpos` counts played samples (8000 a second)."""

    code: int
    result: str = ""
    data: str = ""
    endpos: int = 0

    @property
    def digit(self) -> str:
        """For commands that return a key of the telephone, "" if none was pressed."""
        return chr(int(self.result)) if self.result.isdecimal() and 0 < int(self.result) < 128 else ""  # noqa: PLR2004 - ASCII


class Hangup(Struct, frozen=True, gc=False):
    """Sent by Asterisk between responses."""


class Answers:
    """Parses lines into responses. A wrong command has a response of several lines: "520-", the usage, "520 "."""

    def __init__(self) -> None:
        self._usage: list[str] | None = None

    def take(self, line: str) -> Answer | Hangup | None:
        """The response that a line completes; None if there is more to come, or it has no meaning. Raises ForgedError.

        A header now follows a forged end of the headers, and so does a response before it.
        """
        if self._usage is not None:
            return self._more(line)
        if line.startswith(HEADER):
            raise ForgedError("a header among answers")
        if line == "HANGUP":
            return Hangup()
        if line.startswith("520-"):
            self._usage = [line[4:]]
            return None
        match = _ANSWER.fullmatch(line)
        if match is None or match[1].startswith("1"):
            # 100 Trying: the answer follows.
            return None
        return Answer(int(match[1]), match[2] or "", match[3] or "", int(match[4] or 0))

    def _more(self, line: str) -> Answer | None:
        usage = self._usage or []
        if not line.startswith("520 "):
            # The length of a usage text is limited.
            self._usage = [*usage, line][:100]
            return None
        self._usage = None
        return Answer(USAGE, data="\n".join(usage))


def headers(content: bytes) -> dict[str, str]:
    """Asterisk's headers before the first command: agi_channel, agi_uniqueid, agi_callerid, agi_extension and more.

    Raises ForgedError for a repeated one: a number with a line break adds headers after those of Asterisk.
    """
    lines = content.decode("utf8", "replace").split("\n")
    told = [(name, value) for name, separator, value in (line.partition(": ") for line in lines) if separator]
    if len(found := dict(told)) < len(told):
        raise ForgedError("a header that comes twice")
    return found


def command(verb: str, arguments: Sequence[str | int] = ()) -> bytes:
    """A command as a line; raises ValueError for an invalid one."""
    if not _VERB.fullmatch(verb):
        message = f"{verb!r} is no command"
        raise ValueError(message)
    line = " ".join([verb, *map(quoted, arguments)]).encode()
    if len(line) >= LINE_BYTES:
        message = f"a command must have less than {LINE_BYTES} bytes"
        raise ValueError(message)
    return line + b"\n"


def quoted(argument: str | int) -> str:
    """An argument that Asterisk reads as one, with any content; raises ValueError for a line break."""
    text = str(argument)
    if any(sign in text for sign in "\r\n\0"):
        message = f"{text!r} must be one line"
        raise ValueError(message)
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def joined(arguments: Sequence[str]) -> str:
    """The arguments of an application, separated by commas; raises ValueError where one would become two."""
    if any("," in argument for argument in arguments):
        message = f"no comma goes into an argument: {arguments!r}"
        raise ValueError(message)
    return ",".join(arguments)
