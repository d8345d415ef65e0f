"""Whatever stops `okno run` is told by `okno check` before, all at once, with its line and what is allowed (LV-10)."""

import socket
from pathlib import Path

import pytest

from okno.commands.cli import main
from okno.config import Config
from okno.faults.allowed_values import permitted
from tests.house import House, NotStartedError

PLAIN = '[[queues]]\nid = "general"\ntitle = "Общие"\n[[topics]]\nid = "other"\ntitle = "Другое"\n'
AWAY = """law = "law.toml"
articles = "articles.toml"
scripts = "scripts.toml"
registry = "registry.toml"
[desk]
origin = "https://desk.example"
leaked_passwords = "/nowhere/leaked"
[oidc]
issuer = "https://sso.example"
client = "okno"
secret_file = "/nowhere/oidc"
rules = [{ value = "staff", role = "operator", queues = ["generl"] }]
[keys]
driver = "file"
settings.path = "/nowhere/keys"
[speech]
model = "whisper"
[[channels]]
driver = "voice.asterisk"
[channels.settings]
password_file = "/nowhere/ami"
sounds = "/nowhere/sounds"
recordings = "/nowhere/recordings"
[[channels]]
driver = "sms.smpp"
"""


def faults(tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str, content: str) -> list[str]:
    file = tmp_path / "centre.toml"
    file.write_text(content, "utf8")
    assert main([command, "--config", str(file)]) == 1
    return [each.removeprefix(f"okno: {file}:") for each in capsys.readouterr().err.splitlines()]


def test_all_missing_files_are_told_at_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = faults(tmp_path, capsys, "check", AWAY + PLAIN)
    assert [each.split(": ")[:2] for each in told] == [
        ["1", "law"], ["2", "articles"], ["3", "scripts"], ["4", "registry"], ["7", "desk.leaked_passwords"], ["11", "oidc.secret_file"],
        ["12", "oidc.rules[0].queues[0]"], ["15", "keys.settings.path"], ["17", "speech.model"],
        ["21", "channels[0].settings.password_file"], ["24", "channels[1].settings"]]
    assert told[6].endswith("there is no queue 'generl': there are general")
    assert told[7].endswith("okno keys new makes one")


def test_folders_of_calls_are_looked_at_without_a_look_at_the_exchange(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "ami").write_text("secret")
    call = AWAY[AWAY.index("[[channels]]"):AWAY.index('[[channels]]\ndriver = "sms.smpp"')].replace("/nowhere", str(tmp_path))
    told = faults(tmp_path, capsys, "check", PLAIN + call)
    assert [each.split(": ")[:2] for each in told] == [["11", "channels[0].settings.sounds"], ["12", "channels[0].settings.recordings"]]


def test_faults_inside_of_several_files_are_told_at_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("law", "articles", "scripts", "registry"):
        (tmp_path / f"{name}.toml").write_text("nonsense = [", "utf8")
    told = faults(tmp_path, capsys, "check", AWAY[:AWAY.index("[desk]")] + PLAIN)
    assert [each.split(": ")[:2] for each in told] == [["1", "law"], ["2", "articles"], ["3", "scripts"], ["4", "registry"]]


@pytest.mark.parametrize(("key", "said"), [
    (("centre", "level"), "one of federal, municipal, regional"), (("listen", "hots"), "is it host?"),
    (("log", "colour"), "there are format, level"), (("desk", "required_for", 0), "one of operator, senior, supervisor, designer, admin, wall"),
    (("listen", "port"), "")])
def test_what_is_permitted_is_said(key: tuple[str | int, ...], said: str) -> None:
    assert permitted(Config, key) == said


def test_a_port_in_use_is_one_sentence(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        house = House(tmp_path)
        house.listen = f"127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(NotStartedError, match="is in use by another program"):
            house.start()
        assert house.wait() == 1
    said = house.log.read_text("utf8")
    assert "Traceback" not in said
    assert said.count("OKNO_LISTEN") == 1
