"""Flowed text (RFC 3676)."""

from collections.abc import Mapping

LINE = 76
SIGNATURE = "-- "
"""§4.3: the only line with a trailing space that does not continue."""


def flowed(text: str) -> str:
    """A text with long lines wrapped after a trailing space (RFC 3676 §4.2)."""
    return "\n".join(line for whole in text.split("\n") for line in _flowed(whole.rstrip(" ") if whole != SIGNATURE else whole))


def _flowed(line: str) -> list[str]:
    lines: list[str] = []
    while len(line) > LINE and (cut := line.rfind(" ", 1, LINE) + 1 or line.find(" ", LINE) + 1):
        lines.append(line[:cut])
        line = line[cut:]
    return [f" {part}" if part.startswith((" ", ">", "From ")) else part for part in (*lines, line)]  # RFC 3676 §4.4


def unflowed(text: str, params: Mapping[str, str]) -> str:
    """The text before wrapping; `params` are those of its Content-Type."""
    if params["format"].lower() != "flowed":
        return text
    joint = "" if params.get("delsp", "").lower() == "yes" else " "
    lines: list[list[str]] = []
    depth, flows = 0, False
    for line in text.split("\n"):
        goes_on = line.endswith(" ") and line != SIGNATURE
        said = line.lstrip(">")
        marks = len(line) - len(said)
        said = said.removeprefix(" ")  # §4.4
        said = said.removesuffix(" ") if goes_on else said
        if flows and marks == depth and line != SIGNATURE:
            lines[-1] += [joint, said]
        else:
            lines.append([line[:marks] + (" " if marks and said else ""), said])
        depth, flows = marks, goes_on
    return "\n".join("".join(pieces) for pieces in lines)
