"""The register as a file: what is wrong is named, `okno check` says so, `okno directory` prints it."""

import csv
import io
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import pytest

from hub.organisation.centre import RegistryError
from okno.commands.cli import main
from okno.commands.registry import read_registry
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
    assert "4 centres, 4 МФЦ" in said


def test_check_says_how_many_calls_the_trunks_carry(run: Run) -> None:
    # SL-07
    _, said, _ = run("check")
    line, = (each for each in said.splitlines() if "trunks" in each)
    assert line.endswith("by centre: 000 420, 001 60, 016 60, 077 30")
    ended = EXAMPLE.replace("lines = 120\nvalid_from = 2024-01-01", "lines = 120\nvalid_from = 2024-01-01\nvalid_to = 2024-12-31")
    assert "000 300, 001 60" in run("check", registry=ended)[1]


@pytest.mark.parametrize(("was", "now", "named"), [
    ('legal_form = "part"\n', "", "centre 001: keys: Object missing required field `legal_form`"), ('legal_form = "part"', 'legal_form = "club"', "centre 001: legal_form"),
    ("valid_from = 2024-06-01\n", "", "centre 001: keys: Object missing required field `valid_from`"),
    ('numbers = [{ number = "+78001000001" }]', 'numbers = [{ number = "+78001000001", tariff = "paid" }]', "centre 001: numbers: +78001000001 is not free"),
    ('phone = "+78001000077"', 'phone = "8-800"', "mfc large: phone: '8-800' is neither"),
    ('locality = "Клин"', 'locality = " "', "mfc boundary: locality: is empty"),
    ('"sip.first.example.ru:5061"', '"10.20.30.40:5061"', "centre 000: trunks: ООО «Первый оператор (пример)»: address: 10.20.30.40 is not of the public network"),
    ('kind = "sip"', 'kind = "simulator"', "centre 000: trunks[0].kind: Invalid enum value 'simulator'"), ("lines = 300", "line = 300", "centre 000: trunks"),
    ("served_population = 100001", "served_population = 100000", "centre 077: area.mfcs"), ('subjects = ["16"]', 'subjects = ["96"]', "centre 016: subject"),
    ('mfc = "far"', 'mfc = "fat"', "attachment of fat: mfc"), ('level = "federal"', 'level = "regional"', "centre 000: area.subjects"),
    ('hours = "round-the-clock"', 'hour = "round-the-clock"', "centre 000"), ("[[centre]]", "[[centres]]", "centre"), ("[[centre]]", "[[centre", "file")])
def test_what_is_wrong_is_named(run: Run, was: str, now: str, named: str) -> None:
    # LV-01, LV-02, LV-03, LV-06, LV-09, SL-02
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
    none = CENTRE.format("001", "regional").removeprefix('registry = "centres.toml"\n')
    (tmp_path / "okno.toml").write_text(none, encoding="utf8")
    for command in (["directory"], ["staff", "100", "--centre", "001"]):
        assert main([*command, "--config", str(tmp_path / "okno.toml")]) == 1
        assert "set `registry`" in capsys.readouterr().err


def test_a_configuration_may_take_the_example(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # AL-01: wherever it lies
    (tmp_path / "okno.toml").write_text(CENTRE.replace("centres.toml", "demo").format("016", "regional"), encoding="utf8")
    assert main(["directory", "--config", str(tmp_path / "okno.toml")]) == 0
    assert main(["directory"]) == 0
    assert capsys.readouterr().out.count("+78001000016") == 2


def test_the_public_directory_is_complete(run: Run) -> None:
    # LV-08
    ended, printed, _ = run("directory", "--on", "2026-11-24")
    assert ended == 0
    assert [(row["код"], row["номер"]) for row in rows(printed)] == [
        ("000", "'+78001000000"), ("001", "'+78001000001"), ("016", "'+78001000016"), ("016", "122"), ("077", "'+78001000077")]
    assert rows(printed)[-1] == {
        "номер": "'+78001000077", "тариф": "бесплатно", "код": "077", "центр": "Центр телефонного обслуживания города",
        "уровень": "муниципальный", "территория": "Московская область; ОКТМО 46700001; МФЦ города", "часы": "round-the-clock",
        "орган": "Администрация города (пример)", "форма": "структура органа"}
    assert rows(printed)[0]["территория"] == "Российская Федерация"


def test_the_directory_of_another_day(run: Run) -> None:
    # LV-08
    assert {row["код"] for row in rows(run("directory", "--on", "2024-12-31")[1])} == {"000", "001"}
    assert rows(run("directory", "--on", "2023-12-31")[1]) == []
    with pytest.raises(SystemExit, match="2"):
        run("directory", "--on", "tomorrow")


def test_the_lines_of_a_centre_are_held_against_its_calls(run: Run) -> None:
    # SL-07: Erlang B
    ended, said, wrong = run("staff", "300", "--centre", "001")
    assert (ended, wrong) == (0, "")
    assert said.splitlines()[-1] == "Центр 001: линий 60, нужно 41: хватает."
    ended, said, _ = run("staff", "1200", "--centre", "001")
    assert ended == 1
    assert said.splitlines()[-1] == "Центр 001: линий 60, нужно 129: не хватает 69. «Занято» услышат до 41,51 % звонков (час)."
    assert run("staff", "1200")[0] == 0


def test_the_busiest_half_hour_says_how_many_lines_are_needed(run: Run, tmp_path: Path) -> None:
    # SL-07
    path = tmp_path / "day.csv"
    path.write_text("09:00;100\n09:30;400\n10:00;50\n", encoding="utf8")
    ended, table, said = run("staff", str(path), "--centre", "001", "--csv")
    assert (ended, len(rows(table))) == (1, 3)
    assert said.startswith(f"Центр 001: линий 60, нужно {max(int(row['lines']) for row in rows(table))}: не хватает")
    assert said.endswith("(09:30).\n")


def test_lines_are_those_of_the_day_that_is_asked_for(run: Run) -> None:
    # SL-07
    assert run("staff", "600", "--centre", "016", "--on", "2024-12-31")[2] == "okno: registry: there is no centre 016 on 2024-12-31\n"
    assert run("staff", "300", "--centre", "016", "--on", "2025-01-01")[0] == 0


def test_the_example_shows_the_boundary() -> None:
    # LV-01, LV-03, GV-05
    registry = read_registry(EXAMPLE, subjects())
    assert {mfc.served_population for mfc in registry.mfcs} >= {100_000, 100_001}
    assert {len(centre.sites) for centre in registry.centres} == {0, 2}
    with pytest.raises(RegistryError, match="file"):
        read_registry("centre = 1", subjects())
