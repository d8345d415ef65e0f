"""`okno staff --day` beside a running hub: the figures of the desk's forecast."""

import csv
from collections.abc import Iterator
from datetime import timedelta
from importlib.resources import files
from pathlib import Path

import pytest

from tests.house import House, People
from tests.past import today
from tests.workforce.planned import planned_house


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("house")


@pytest.fixture(scope="module")
def house(folder: Path) -> Iterator[House]:
    with planned_house(folder) as running:
        yield running


def staff(folder: Path, *words: str) -> tuple[int, str, str]:
    done = House(folder, folder / "okno.toml").run("staff", *words)
    return done.returncode, done.stdout, done.stderr


async def test_the_command_says_what_the_desk_says(at: People, folder: Path) -> None:
    # MC-02, SL-03: one forecast, whoever asks for it
    told = (await (await at.admin()).does("GET", "/api/workforce/forecast"))["quarters"]
    code, out, _ = staff(folder, "--day", today().isoformat(), "--csv")
    rows = list(csv.DictReader(out.splitlines()))
    assert (code, [row["interval"] for row in rows][:3], len(rows)) == (0, ["00:00", "00:30", "01:00"], 48)
    assert [int(row["operators"]) for row in rows] == [max(told[at]["operators"], told[at + 1]["operators"]) for at in range(0, 96, 2)]
    assert sum(float(row["contacts"]) for row in rows) == pytest.approx(sum(each["expected"] for each in told), abs=0.5)
    _, table, _ = staff(folder, "--day", today().isoformat(), "--centre", "001")
    assert table.startswith(f"Прогноз центра 001 на {today():%d.%m.%Y}: обращений ")
    assert "Больше всего: операторов" in table


async def test_what_there_is_no_forecast_of_is_told(at: People, folder: Path) -> None:
    # MC-02
    await at.admin()
    code, out, error = staff(folder, "--day", (today() - timedelta(days=1)).isoformat())
    assert (code, out) == (1, "")
    assert f"the forecast is of {today()} to {today() + timedelta(days=62)}" in error
    assert "there are some of 001" in staff(folder, "--day", today().isoformat(), "--centre", "999")[2]


def test_without_counted_days_there_is_none(tmp_path: Path) -> None:
    # MC-02
    (tmp_path / "okno.toml").write_bytes(files("okno.demo").joinpath("okno.toml").read_bytes())
    code, _, error = staff(tmp_path, "--day", today().isoformat())
    assert (code, "there is no store" in error) == (1, True)
    assert staff(tmp_path, "1200", "--day", today().isoformat())[0] == 2
