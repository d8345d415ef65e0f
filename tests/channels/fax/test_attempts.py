"""What follows from how a call went, and what a shared folder tells (D14)."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from channels.fax import attempts
from channels.fax.attempts import Attempts
from channels.fax.spool import SendResult, Spool


@pytest.mark.parametrize(("cause", "why", "never"), [
    (1, "", "номер не существует"), (28, "", "номер набран неверно"), (17, "", ""), (19, "", ""), (0, "", ""),
    (16, "Timed out waiting for initial communication", "там ответил не факс"), (16, "The call dropped prematurely", ""),
])
def test_what_is_no_use_is_not_tried_again(cause: int, why: str, never: str) -> None:
    assert attempts.hopeless(cause, why) == never


def test_why_a_fax_was_not_taken_is_told_in_words() -> None:
    assert attempts.words(17, "") == "номер занят"
    assert attempts.words(99, "") == "соединиться не удалось"
    assert attempts.words(16, "The call dropped prematurely") == "передача прервалась (The call dropped prematurely)"


def test_nobody_is_rung_again_at_once() -> None:
    tried = Attempts(2, datetime(2026, 11, 25, 12, tzinfo=UTC))
    assert attempts.read(tried.written()) == tried
    assert attempts.due(tried, 600) - tried.at == timedelta(minutes=10)


def test_the_folder_tells_who_has_sent_what(tmp_path: Path) -> None:
    for name in ("1795621305.10_+74912551789.tif", "1795621306.1;2_.tif", "okno-fax-1.tif", "a_b.tif", "1_2.part"):
        (tmp_path / name).touch()
    assert [(each.call, each.number) for each in Spool(tmp_path).came()] == [("1795621305.10", "+74912551789"), ("1795621306.1;2", "")]
    assert Spool(tmp_path).at("../../etc/passwd") is None


def test_the_fate_of_a_fax_is_read_as_asterisk_writes_it(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    for told, fate in {"SUCCESS:2:OK\n": SendResult(sent=True, pages=2, why="OK"), "FAILED:0:The call dropped": SendResult(sent=False, pages=0, why="The call dropped"),
                       "::": SendResult(sent=False, pages=0, why=""), "": None}.items():
        (tmp_path / "okno-fax-1.told").write_text(told, encoding="utf8")
        assert spool.fate("okno-fax-1") == fate
    spool.put("okno-fax-1", b"II")
    assert spool.holds("okno-fax-1")
    spool.forget("okno-fax-1")
    assert list(tmp_path.glob("okno-*")) == []


def test_a_folder_that_everybody_may_open_is_named(tmp_path: Path) -> None:
    # SE-02
    tmp_path.chmod(0o2770)
    assert Spool(tmp_path).exposed() == ""
    tmp_path.chmod(0o2775)
    assert Spool(tmp_path).exposed() == f"папка {tmp_path} открыта всем учётным записям: chmod 2770"


def test_asterisk_may_read_what_goes_out_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        Spool(tmp_path).put("okno-fax-1", b"II")
    finally:
        os.umask(before)
    assert (tmp_path / "okno-fax-1.tif").stat().st_mode & 0o777 == 0o640
