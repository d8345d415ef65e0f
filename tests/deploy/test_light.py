"""LV-10: one product for a small centre and a large one; what is not configured is neither imported nor has to be installed."""

import json
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from okno import extras
from okno.commands.cli import main
from okno.config import load
from okno.extras import LIBRARIES, missing_extras, needs

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf8"))["project"]
CENTRE = """
data = "{data}"
[listen]
port = 0
[routing]
queue = "general"
[robot]
project = "centre"
[[queues]]
id = "general"
title = "Общие"
[[topics]]
id = "other"
title = "Другое"
[[channels]]
driver = "web.chat"
[[channels]]
driver = "web.form"
settings = {{ appeal_url = "https://centre.example/appeal" }}
"""
LISTING = """
import asyncio, sys, json
from pathlib import Path
from okno.app import running
from okno.config import load
from okno.faults.driver_settings import faults_of_parts
import okno.commands.run
async def hub():
    async with running(load(Path(sys.argv[1]), also=faults_of_parts)):
        print(json.dumps(sorted(sys.modules)))
asyncio.run(hub())
"""
ELSEWHERE = {
    "aiosmtpd", "aiosmtplib", "dkim", "imapclient", "smpplib",  # other text channels
    "cbor2", "docx", "icalendar", "joserfc", "openpyxl", "pyld", "tomli_w", "tqdm", "typst", "webauthn", "xlsxwriter", "zxcvbn",  # now and then
    "authlib", "bson", "channels.email.mail", "channels.messenger.vk", "channels.sms.smpp", "channels.voice.asterisk",
    "ctranslate2", "multiprocessing", "okno.commands.cli", "okno.demo.simulate", "okno.demo.far_end", "onnxruntime", "storage.mongo"}
"""Packages and modules that a hub with a chat, a form and the robot has no use for, beside those of extras."""


@pytest.fixture
def centre(tmp_path: Path) -> Path:
    file = tmp_path / "centre.toml"
    file.write_text(CENTRE.format(data=tmp_path / "data"), "utf8")
    return file


def test_a_hub_imports_nothing_that_is_not_configured(centre: Path) -> None:
    said = subprocess.run([sys.executable, "-c", LISTING, str(centre)], check=True, capture_output=True, text=True).stdout
    loaded = set(json.loads(said.splitlines()[-1]))
    unused = ELSEWHERE | {library for extra, libraries in LIBRARIES.items() if extra != "robot" for library in libraries}
    assert sorted(loaded & unused) == []


def test_every_extra_is_known_by_its_libraries() -> None:
    described = {name: {canonicalize_name(Requirement(each).name) for each in its} for name, its in PROJECT["optional-dependencies"].items()}
    assert described.pop("all") == {"okno"}
    owners = packages_distributions()
    top = {library: library.partition(".")[0] for libraries in LIBRARIES.values() for library in libraries}
    for extra, libraries in LIBRARIES.items():
        for library in libraries:
            assert described[extra] & {canonicalize_name(owner) for owner in owners[top[library]]}, (extra, library)
    assert described.keys() == LIBRARIES.keys()
    assert set(Requirement(PROJECT["optional-dependencies"]["all"][0]).extras) == described.keys()


@pytest.mark.parametrize(("addition", "extra", "line", "part"), [
    ('[[channels]]\ndriver = "voice.asterisk"', "voice", 21, "channels.voice.asterisk"),
    ('[[channels]]\ndriver = "fax.asterisk"', "fax", 21, "channels.fax.asterisk"),
    ('[[channels]]\ndriver = "messenger.max"', "messengers", 21, "channels.messenger.max"),
    ('[[channels]]\ndriver = "voice.asterisk"\nsettings = { listens = true }', "speech", 22, "channels.voice.speech"),
    ('[speech]\nmodel = "whisper"', "speech", 21, "speech.model"), ("", "robot", 8, "robot.project"),
    ('[store]\nkind = "mongodb"\nuri = "mongodb://a.example"', "mongodb", 21, "store.kind"),
    ('[link]\nkind = "nats"', "cluster", 21, "link.kind"), ('[keys]\ndriver = "pkcs11"', "pkcs11", 21, "keys.driver"),
    ('[keys]\n\nkeeper = "pkcs11"', "pkcs11", 22, "keys.driver"),
    ('[traces]\nendpoint = "http://localhost:4318/v1/traces"', "traces", 21, "traces.endpoint")])
def test_a_missing_extra_is_told_at_the_start_with_line_and_key(
    centre: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, addition: str, extra: str, line: int, part: str,
) -> None:
    centre.write_text(f"{centre.read_text('utf8')}{addition}\n", "utf8")
    monkeypatch.setattr(extras, "has", lambda name: name != extra)
    for driver in ("hub.link.nats", "storage.keys.pkcs11"):
        monkeypatch.delitem(sys.modules, driver, raising=False)
    for library in LIBRARIES[extra]:
        monkeypatch.setitem(sys.modules, library, None)
    assert main(["check", "--config", str(centre)]) == 1
    told = [each for each in capsys.readouterr().err.splitlines() if "needs" in each]
    assert told == [f"okno: {centre}:{line}: {part} needs okno[{extra}]: pip install 'okno[{extra}]'"]


def test_all_missing_extras_are_told_at_once(centre: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    centre.write_text(f'{centre.read_text("utf8")}[store]\nkind = "mongodb"\nuri = "mongodb://a.example"\n[speech]\nmodel = "x"\n', "utf8")
    config = load(centre, {})
    monkeypatch.setattr(extras, "has", lambda _: False)
    assert [fault.text for fault in missing_extras(config)] == [f"{part} {needs(extra)}" for part, extra in (
        ("speech.model", "speech"), ("robot.project", "robot"), ("store.kind", "mongodb"))]


def test_what_no_key_asks_for_is_told_by_the_check(centre: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extras, "has", lambda name: name not in extras.CONVENIENCES)
    assert main(["check", "--config", str(centre)]) == 0
    said = capsys.readouterr().out
    assert "okno[papers]" in said
    assert "okno[training]" in said


# SE-01: what runs is pinned, and is a part of what is tested.
@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-all.lock"])
def test_what_runs_is_what_was_tested(lock: str) -> None:
    def pins(name: str) -> set[str]:
        return {line.split(" ")[0] for line in (ROOT / name).read_text("utf8").splitlines() if "==" in line and not line.startswith("#")}

    assert pins(lock) < pins("requirements-dev.lock")
    assert not {"pytest", "mypy", "ruff", "hatchling"} & {pin.partition("==")[0] for pin in pins(lock)}


def test_the_version_is_told() -> None:
    said = subprocess.run([sys.executable, "-m", "okno", "--version"], check=True, capture_output=True, text=True).stdout
    assert said == f"okno {PROJECT['version']}\n"
