"""The register as a file: what is wrong is named, `okno check` says so, `okno directory` prints it."""

import csv
import io
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import pytest

from hub.centres import RegistryError
from okno.cli import main
from okno.registry import read_registry
from okno.territory import subjects

EXAMPLE = files("okno.demo").joinpath("registry.toml").read_text(encoding="utf8")
CENTRE = 'registry = "centres.toml"\n[centre]\ncode = "{}"\nlevel = "{}"\n[[queues]]\nid = "general"\ntitle = "О"\n[[topics]]\nid = "x"\ntitle = "X"\n'
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """A command of okno with a registry beside its configuration: exit code, stdout, stderr."""
    monkeypatch.setenv("OKNO_DATA", str(tmp_path / "data"))
    config = tmp_path / "okno.toml"

    def command(*words: str, registry: str = EXAMPLE, code: str = "001", level: str = "regional") -> tuple[int, str, str]:
        config.write_text(CENTRE.format(code, level), encoding="utf8")
        (tmp_path / "centres.toml").write_text(registry, encoding="utf8")
        return main([*words, "--config", str(config)]), *capsys.readouterr()

    return command


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


@pytest.mark.parametrize(("code", "level"), [("000", "federal"), ("001", "regional"), ("077", "municipal")])
def test_check_counts_what_the_registry_holds(run: Run, code: str, level: str) -> None:
    # LV-06, LV-10: one build and one registry at every level
    ended, said, wrong = run("check", code=code, level=level)
    assert (ended, wrong) == (0, "")
    assert "4 centres, 3 МФЦ" in said


@pytest.mark.parametrize(("was", "now", "named"), [
    ('legal_form = "part"\n', "", "centre 001: keys: Object missing required field `legal_form`"), ('legal_form = "part"', 'legal_form = "club"', "centre 001: legal_form"),
    ("valid_from = 2024-06-01\n", "", "centre 001: keys: Object missing required field `valid_from`"),
    ('numbers = [{ number = "+78001000001" }]', 'numbers = [{ number = "+78001000001", tariff = "paid" }]', "centre 001: numbers: +78001000001 is not free"),
    ("served_population = 100001", "served_population = 100000", "centre 077: area.mfcs"), ('subjects = ["16"]', 'subjects = ["96"]', "centre 016: subject"),
    ('mfc = "far"', 'mfc = "fat"', "attachment of fat: mfc"), ('level = "federal"', 'level = "regional"', "centre 000: area.subjects"),
    ('hours = "round-the-clock"', 'hour = "round-the-clock"', "centre 000"), ("[[centre]]", "[[centres]]", "centre"), ("[[centre]]", "[[centre", "file")])
def test_what_is_wrong_is_named(run: Run, was: str, now: str, named: str) -> None:
    # LV-01, LV-02, LV-03, LV-06, SL-02
    at = EXAMPLE.rfind(was) if was.startswith("[[") else EXAMPLE.find(was)
    assert at > 0
    ended, _, said = run("check", registry=EXAMPLE[:at] + now + EXAMPLE[at + len(was):])
    assert ended == 1
    assert named in said
    assert "centres.toml" in said


def test_the_centre_of_the_configuration_is_in_its_registry(run: Run) -> None:
    # LV-10
    assert "centre 099: id" in run("check", code="099")[2]
    assert "centre 001: level: not federal" in run("check", level="federal")[2]


def test_a_registry_that_is_not_there_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # LV-08
    (tmp_path / "okno.toml").write_text(CENTRE.format("001", "regional"), encoding="utf8")
    assert main(["directory", "--config", str(tmp_path / "okno.toml")]) == 1
    assert "centres.toml" in capsys.readouterr().err
    assert main(["directory"]) == 1
    assert "set `registry`" in capsys.readouterr().err


def test_the_public_directory_is_complete(run: Run) -> None:
    # LV-08
    ended, printed, _ = run("directory", "--on", "2026-11-24")
    assert ended == 0
    assert [(row["код"], row["номер"]) for row in rows(printed)] == [
        ("000", "+78001000000"), ("001", "+78001000001"), ("016", "+78001000016"), ("016", "122"), ("077", "+78001000077")]
    assert rows(printed)[-1] == {
        "номер": "+78001000077", "тариф": "бесплатно", "код": "077", "центр": "Центр телефонного обслуживания города",
        "уровень": "муниципальный", "территория": "Московская область; ОКТМО 46700001; МФЦ города", "часы": "round-the-clock",
        "орган": "Администрация города (пример)", "форма": "структура органа"}
    assert rows(printed)[0]["территория"] == "Российская Федерация"


def test_the_directory_of_another_day(run: Run) -> None:
    # LV-08
    assert {row["код"] for row in rows(run("directory", "--on", "2024-12-31")[1])} == {"000", "001"}
    assert rows(run("directory", "--on", "2023-12-31")[1]) == []
    with pytest.raises(SystemExit, match="2"):
        run("directory", "--on", "tomorrow")


def test_the_example_shows_the_boundary() -> None:
    # LV-01, LV-03, GV-05
    registry = read_registry(EXAMPLE, subjects())
    assert {mfc.served_population for mfc in registry.mfcs} >= {100_000, 100_001}
    assert {len(centre.sites) for centre in registry.centres} == {0, 2}
    with pytest.raises(RegistryError, match="file"):
        read_registry("centre = 1", subjects())
