"""What a stranger puts into a log entry stays inside it (SE-02; ASVS 5.0 16.2.2, 16.2.4, 16.4.1)."""

import asyncio
import gc
import json
import logging
from collections.abc import Iterator

import pytest

from hub.kernel.errors import OknoError
from okno.config import LogSettings
from okno.serving.logs import set_up

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
    logging.getLogger("hub.intake.reactions").warning("of this")
    entry = json.loads(capsys.readouterr().err)
    assert (entry["event"], entry["level"], entry["logger"]) == ("of this", "warning", "hub.intake.reactions")
    assert entry["timestamp"].endswith("Z")


@pytest.mark.parametrize("style", ["human", "json"])
def test_a_traceback_keeps_its_lines_and_tells_no_variables(root: logging.Logger, capsys: pytest.CaptureFixture[str], style: str) -> None:
    set_up(LogSettings(style))  # type: ignore[arg-type]
    told = "what a citizen wrote"
    try:
        len(told) / 0  # type: ignore[operator]
    except ZeroDivisionError:
        logging.getLogger("hub.intake.reactions").exception("failed")
    said = capsys.readouterr().err
    assert "ZeroDivisionError" in said
    assert told not in said


@pytest.mark.parametrize("style", ["human", "json"])
def test_errors_that_quote_what_they_were_given_are_told_without_their_words(
        root: logging.Logger, capsys: pytest.CaptureFixture[str], style: str) -> None:
    # SE-01, SE-03
    set_up(LogSettings(style))  # type: ignore[arg-type]
    told = "Неверовцева"
    try:
        try:
            int(told)
        except ValueError as error:
            raise ExceptionGroup("both", [KeyError(told), OknoError("the store is away")]) from error
    except ExceptionGroup:
        logging.getLogger("hub.intake.reactions").exception("failed")
    said = capsys.readouterr().err
    assert told not in said
    assert all(each in said for each in ("ValueError", "KeyError", "both (2 sub-exceptions)", "the store is away", "test_logs.py"))


async def test_an_error_that_nobody_waits_for_is_told_without_its_words(root: logging.Logger, capsys: pytest.CaptureFixture[str]) -> None:
    # SE-01
    set_up(LogSettings())

    told = "Неверовцева"

    async def fails() -> None:
        raise KeyError(told)
    task = asyncio.create_task(fails())
    await asyncio.wait([task])
    del task
    gc.collect()
    said = capsys.readouterr().err
    assert "never retrieved" in said
    assert "KeyError" in said
    assert told not in said


def test_what_a_carrier_says_is_told_without_to_whom(root: logging.Logger, capsys: pytest.CaptureFixture[str]) -> None:
    # SE-01
    set_up(LogSettings("json"))
    logging.getLogger("hub.conversations.delivery").info("waits", extra={"why": "550 <olga@example.ru>: no such user; +79165554100, 89165554100: away since 2026-11-26 by 10.0.0.1:25000"})
    assert json.loads(capsys.readouterr().err)["why"] == "550 <•••>: no such user; •••, •••: away since 2026-11-26 by 10.0.0.1:25000"
