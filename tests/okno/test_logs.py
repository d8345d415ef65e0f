"""What a stranger puts into a log entry stays inside it (SE-02; ASVS 5.0 16.2.2, 16.2.4, 16.4.1)."""

import json
import logging
from collections.abc import Iterator

import pytest

from okno.config import LogSettings
from okno.logs import set_up

HOSTILE = "x\r\n2026-11-24 [error] forged entry\x1b[2J\u2028\x85и"


@pytest.fixture
def root() -> Iterator[logging.Logger]:
    """The root as it was, afterwards."""
    root, known = logging.getLogger(), logging.getLogger().handlers[:]
    level = root.level
    yield root
    root.handlers[:] = known
    root.setLevel(level)


@pytest.mark.parametrize("style", ["human", "json"])
def test_an_entry_is_one_line(root: logging.Logger, capsys: pytest.CaptureFixture[str], style: str) -> None:
    set_up(LogSettings(style))  # type: ignore[arg-type]
    logging.getLogger("channels.web").warning("refused %s", HOSTILE, extra={"source": HOSTILE})
    logging.getLogger("channels.web").error(HOSTILE)
    said = capsys.readouterr().err
    assert said.isascii() is False  # Russian stays readable
    assert len(said.splitlines()) == 2
    assert "\x1b[2J" not in said


def test_an_entry_says_when_by_utc_where_and_how_grave(root: logging.Logger, capsys: pytest.CaptureFixture[str]) -> None:
    set_up(LogSettings("json"))
    logging.getLogger("hub.turns").warning("of this")
    entry = json.loads(capsys.readouterr().err)
    assert (entry["event"], entry["level"], entry["logger"]) == ("of this", "warning", "hub.turns")
    assert entry["timestamp"].endswith("Z")


@pytest.mark.parametrize("style", ["human", "json"])
def test_a_traceback_keeps_its_lines_and_tells_no_variables(root: logging.Logger, capsys: pytest.CaptureFixture[str], style: str) -> None:
    set_up(LogSettings(style))  # type: ignore[arg-type]
    told = "what a citizen wrote"
    try:
        len(told) / 0  # type: ignore[operator]
    except ZeroDivisionError:
        logging.getLogger("hub.turns").exception("failed")
    said = capsys.readouterr().err
    assert "ZeroDivisionError" in said
    assert told not in said
