"""`okno check` and the channels: settings without the network, far ends with it (CH-05)."""

from pathlib import Path

import pytest

from okno.commands.channel_checks import check_channels
from okno.config import Config, load
from okno.faults.config_error import ConfigError
from okno.stores import beside
from tests.house import House
from tests.paper import Papers

CENTRE = """queues = [{ id = "general", title = "Общие" }]
topics = [{ id = "other", title = "Другое" }]
channels = [{ driver = "web.chat" }, { driver = "sms.paper", settings = { up = %s } }]
"""


async def checked(folder: Path, patch: pytest.MonkeyPatch, up: str, *, probe: bool) -> None:
    Papers(patch, "sms.paper")
    path = folder / "centre.toml"
    path.write_text(CENTRE % up, encoding="utf8")
    await tried(load(path, {"OKNO_DATA": str(folder / "data")}), probe=probe)


async def tried(config: Config, *, probe: bool) -> None:
    with beside(config) as kept:
        await check_channels(config, kept.files, probe=probe)


async def test_settings_are_checked_without_the_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    # CH-05
    await checked(tmp_path, monkeypatch, "false", probe=False)
    assert capsys.readouterr().out == "✓ channel: web.chat, настройки в порядке\n✓ channel: sms.paper, настройки в порядке\n"


async def test_a_far_end_that_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    # CH-05
    await checked(tmp_path, monkeypatch, "true", probe=True)
    said = capsys.readouterr().out
    assert "✓ channel: web.chat, настройки в порядке\n  ✓ файлы чата на месте: /chat/widget.js отдаётся\n  ! сайты: чат может встроить любой сайт\n" in said
    assert said.endswith("✓ channel: sms.paper, настройки в порядке\n  ✓ бумага лежит\n  ✓ перо пишет\n")


async def test_a_far_end_that_is_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    # CH-05
    with pytest.raises(ConfigError, match=r"sms\.paper"):
        await checked(tmp_path, monkeypatch, "false", probe=True)
    assert "  ✗ перо: бумага\n      → заправьте перо\n" in capsys.readouterr().out


async def test_a_misspelt_setting_is_named(tmp_path: Path) -> None:
    # CH-05
    path = tmp_path / "centre.toml"
    path.write_text((CENTRE % "true").replace("sms.paper", "web.chat").replace("up = true", "orgins = []"), encoding="utf8")
    with pytest.raises(ConfigError, match="orgins"):
        await tried(load(path, {"OKNO_DATA": str(tmp_path / "data")}), probe=False)


def test_the_command_tries_far_ends_when_told_to(tmp_path: Path) -> None:
    # CH-05
    said = House(tmp_path).run("check", "--channels")
    assert (said.returncode, said.stderr) == (0, "")
    assert "web.chat, настройки в порядке\n  ✓ файлы чата на месте" in said.stdout
