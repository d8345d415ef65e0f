"""The annotated configuration for production is right but for the files that each centre makes itself (LV-10)."""

import re
from pathlib import Path

import pytest

from okno.commands.cli import main
from okno.config import load
from okno.faults.config_error import ConfigError
from okno.faults.driver_settings import faults_of_parts

FILE = Path(__file__).parents[2] / "docker/production.toml"
PARTS = {"store", "hubs", "keys", "scanner", "audit", "desk", "oidc", "retention", "hours"}
DRIVERS = {"web.chat", "sms.smpp", "email.mail", "voice.asterisk"}


def test_nothing_is_wrong_but_that_its_files_are_elsewhere() -> None:
    with pytest.raises(ConfigError) as told:
        load(FILE, {}, also=faults_of_parts)
    said = told.value.located(FILE)
    assert {each.rpartition(": ")[2] for each in said} <= {"No such file or directory", "there is no such file", "okno keys new makes one"}
    named = [re.search(r"/(etc|mnt)/\S+?(?=:|$)", each) for each in said]
    assert len(said) == FILE.read_text("utf8").count('"/etc/okno/')
    assert all(named)


def test_it_has_every_part_of_a_large_centre() -> None:
    config = load(FILE, {})
    assert {channel.driver for channel in config.channels} == DRIVERS
    assert config.store.kind == "mongodb"
    assert all(f"[{part}]" in FILE.read_text("utf8") for part in PARTS - {"hours"})


def test_with_its_files_check_names_only_folders(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The store is a file here: no MongoDB is asked."""
    text = FILE.read_text("utf8").replace("/etc/okno/", f"{tmp_path}/").replace("/mnt/seals", str(tmp_path))
    for name in set(re.findall(rf'"{tmp_path}/([\w.-]+)"', text)):
        (tmp_path / name).write_text("12345678\n" if name.startswith("smsc") else "0123456789abcdef0123456789abcdef\n")
        (tmp_path / name).chmod(0o600)
    text = re.sub(r"\[store\].*?\n\n", '[store]\nkind = "memory"\n\n', text, flags=re.DOTALL)
    text = re.sub(r"\[(hubs|keys)\].*?\n\n", "", text, flags=re.DOTALL)
    text = re.sub(r"dkim = .*\n", "", text)
    file = tmp_path / "centre.toml"
    file.write_text(text, "utf8")
    assert main(["check", "--config", str(file)]) == 1
    said = capsys.readouterr().err.splitlines()
    assert [each.split(": ")[1:] and each.rpartition(": ")[2] for each in said] == ["there is no such folder"] * 3
