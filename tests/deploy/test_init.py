"""`okno init` as a system administrator meets it: questions on a terminal, a centre that starts (SE-01)."""

import os
import select
import subprocess
import tomllib
from collections.abc import Sequence
from pathlib import Path
from time import monotonic

import pytest

from tests.house import OKNO, house_in, people

PATIENCE_S = 60
WHOLE = """077
Центр области «Рядом»
regional
Asia/Omsk

https://desk.example
yes
https://www.example https://mfc.example
yes
yes
ask@centre.example


imap-Pass"word
smtp.centre.example
yes
smsc.example
3550
yes
okno
smsc-wd
7788
yes
max-token-of-the-bot
"""
"""Answers, a line each: as a script gives them."""


def init(folder: Path, *words: str, told: str = "") -> "subprocess.CompletedProcess[str]":
    return subprocess.run([OKNO, "init", str(folder), *words], input=told, capture_output=True, text=True, timeout=PATIENCE_S, check=False)


def on_a_terminal(folder: Path, answers: Sequence[str]) -> tuple[int, str]:
    """Each answer is typed when the question is there; the exit code, and what the screen has shown."""
    ours, theirs = os.openpty()
    with subprocess.Popen([OKNO, "init", str(folder)], stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True) as command:
        os.close(theirs)
        shown, left, end = "", [*answers], monotonic() + PATIENCE_S
        while select.select([ours], [], [], max(0, end - monotonic()))[0]:
            try:
                shown += os.read(ours, 4096).decode(errors="replace")
            except OSError:  # it has ended
                break
            if shown.endswith(": ") and left:
                os.write(ours, f"{left.pop(0)}\n".encode())
                shown += "\n"
    os.close(ours)
    return command.returncode, shown


def test_what_was_answered_is_a_centre_that_passes_its_check(tmp_path: Path) -> None:
    folder = tmp_path / "centre"
    said = init(folder, told=WHOLE)
    assert said.returncode == 0, said.stderr
    assert "✓ channel: email.mail" in said.stdout and "okno run --config" in said.stdout
    told = tomllib.loads((folder / "centre.toml").read_text("utf8"))
    assert told["centre"] == {"code": "077", "name": "Центр области «Рядом»", "level": "regional", "timezone": "Asia/Omsk"}
    assert told["listen"] == {"host": "127.0.0.1", "port": 8080, "secure": True, "behind_proxy": True}
    assert [each["driver"] for each in told["channels"]] == ["web.chat", "email.mail", "sms.smpp", "messenger.max"]
    assert told["channels"][0]["settings"]["origins"] == ["https://www.example", "https://mfc.example"]
    assert (folder / "secrets" / "imap").read_text("utf8") == 'imap-Pass"word\n'
    assert "imap-Pass" not in (folder / "centre.toml").read_text("utf8") + said.stdout
    assert {path.stat().st_mode & 0o077 for path in (folder / "centre.toml", folder / "keys", *(folder / "secrets").iterdir())} == {0}
    checked = subprocess.run([OKNO, "check", "--config", str(folder / "centre.toml")], capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    assert checked.returncode == 0, checked.stderr


async def test_the_defaults_serve_a_citizen(tmp_path: Path) -> None:
    assert init(tmp_path / "centre", "--yes").returncode == 0
    with house_in(tmp_path, tmp_path / "centre" / "centre.toml") as house:
        async with people(house) as crowd:
            anna = await crowd.clerk(await crowd.admin())
            at_anna = await anna.live()
            await anna.does("PUT", "/api/presence", {"presence": "ready"})
            await (await crowd.citizen()).tell("Позовите человека")
            await at_anna.hear("offer")


def test_a_wrong_answer_is_asked_again_and_a_password_not_shown(tmp_path: Path) -> None:
    folder = tmp_path / "centre"
    code, shown = on_a_terminal(folder, [
        "77", "077", "", "региональный", "regional", "Omsk", "Asia/Omsk", "", "", "", "не знаю", "", "да", "ask@centre.example", "", "", "sesame", "", "нет", ""])
    assert code == 0, shown
    assert all(why in shown for why in ("три цифры, например 077", "federal, regional, municipal", "такого пояса нет", "да или нет")), shown
    assert "sesame" not in shown and (folder / "secrets" / "smtp").read_text("utf8") == "sesame\n"


@pytest.mark.parametrize(("told", "why"), [
    ("77\n", "Код центра: три цифры, один на всю страну: '77': три цифры, например 077"),
    ("077\nЦентр\n", "остановлено до последнего ответа: ничего не записано"),
])
def test_answers_that_do_not_do_write_nothing(tmp_path: Path, told: str, why: str) -> None:
    said = init(tmp_path / "centre", told=told)
    assert (said.returncode, why in said.stderr) == (1, True), said.stderr
    assert not (tmp_path / "centre").exists()


def test_nothing_that_is_there_is_changed(tmp_path: Path) -> None:
    (tmp_path / "centre.toml").write_text("mine", encoding="utf8")
    said = init(tmp_path, "--yes")
    assert said.returncode == 1 and "centre.toml уже есть" in said.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["centre.toml"]
    assert (tmp_path / "centre.toml").read_text("utf8") == "mine"


def test_it_asks_in_english_where_that_is_wanted(tmp_path: Path) -> None:
    said = init(tmp_path / "centre", "--language", "en", told="77\n")
    assert (said.returncode, "Code of the centre, three digits" in said.stderr) == (1, True)
    assert not any("а" <= letter <= "я" for letter in said.stderr)
