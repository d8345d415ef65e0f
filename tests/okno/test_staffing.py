"""`okno staff` and `okno roster`: what they read, print and refuse."""

import csv
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from importlib.resources import files
from pathlib import Path

import pytest

from hub.workforce.call_file import read_calls
from hub.workforce.coverage import short
from okno.commands import roster as rosters
from okno.commands.cli import main

EXAMPLE = Path(str(files("okno.demo"))) / "roster.toml"
Say = Callable[..., tuple[int, str, str]]


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Say:
    """A command of okno: exit code, stdout and stderr."""
    def run(*words: str) -> tuple[int, str, str]:
        code = main(list(words))
        told = capsys.readouterr()
        return code, told.out, told.err
    return run


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(text.splitlines()))


def test_the_table_is_russian(say: Say) -> None:
    # SL-03, D2
    code, out, _ = say("staff", "1200")
    goal, heads, row = out.splitlines()
    assert code == 0
    assert goal == "Цель: 98 % звонков не дольше 20 с, в среднем не дольше 8 с, занятость не выше 88 %."
    assert heads.split()[:5] == ["Интервал", "Звонков", "Нагрузка,", "эрл", "Операторов"]
    assert row.split() == ["час", "1200", "100,00", "118", "169", "84,7", "%", "98,45", "%", "0,9", "с", "0,00", "%", "129"]
    assert len(heads) == len(row)


def test_the_csv_says_the_same_to_machines(say: Say) -> None:
    # SL-03, SL-07
    row, = rows(say("staff", "1200", "--patience", "120", "--csv")[1])
    assert list(row) == ["interval", "calls", "load_erlang", "operators", "paid", "occupancy", "answered", "mean_wait_s", "abandoned", "lines"]
    assert (row["load_erlang"], row["operators"], row["paid"]) == ("100.0", "113", "162")
    assert 0.98 <= float(row["answered"]) < 0.99
    assert float(row["abandoned"]) == pytest.approx(float(row["mean_wait_s"]) / 120)


@pytest.mark.parametrize(("words", "operators", "paid", "lines"), [
    (("400", "--aht", "180", "--share", "80", "--occupancy", "100", "--mean-wait", "60"), "24", "35", "37"),
    (("20.5",), "6", "9", "8"), (("20,5", "--shrinkage", "0"), "6", "6", "8"), (("0",), "1", "2", "1"),
    (("1200", "--occupancy", "50"), "200", "286", "128"), (("1200", "--blocked", "5"), "118", "169", "105"),
])
def test_each_option_counts(say: Say, words: tuple[str, ...], operators: str, paid: str, lines: str) -> None:
    # SL-03, SL-07, D15
    row, = rows(say("staff", *words, "--csv")[1])
    assert (row["operators"], row["paid"], row["lines"]) == (operators, paid, lines)


@pytest.mark.parametrize("text", ["время;звонков\n09:00;12\n09:30;140,5\n", "09:00,12\n\n09:30,140.5\n", "\ufeff09:00\t12\r\n09:30\t140,5\r\n", '"09:00";"12"\n"09:30";"140,5"'])
def test_half_hours_as_tables_write_them(tmp_path: Path, text: str) -> None:
    # SL-03
    path = tmp_path / "day.csv"
    path.write_text(text, encoding="utf8", newline="")
    day = read_calls(path)
    assert (day.names, day.calls, day.interval_s) == (("09:00", "09:30"), (12, 140.5), 1800)


def test_a_day_of_half_hours_and_its_peak(say: Say, tmp_path: Path) -> None:
    # SL-03: the calls of a peak are still there when it is over
    path = tmp_path / "day.csv"
    path.write_text("08:30;60\n09:00;140\n09:30;20\n10:00;20\n", encoding="utf8")
    _, out, _ = say("staff", str(path), "--aht", "600")
    assert [line.split()[0] for line in out.splitlines()[2:6]] == ["08:30", "09:00", "09:30", "10:00"]
    assert out.splitlines()[-1].startswith("Больше всего: операторов 59, в штате 85, линий ")
    needed = [int(row["operators"]) for row in rows(say("staff", str(path), "--aht", "600", "--csv")[1])]
    assert needed[1] == needed[2] > needed[3] > needed[0] * 0.4
    alone = rows(say("staff", "40", "--aht", "600", "--csv")[1])
    assert needed[3] > int(alone[0]["operators"])


@pytest.mark.parametrize(("text", "named"), [("", "no half-hours"), ("09:00;12\n09:30;много\n", "line 2"), ("09:00;-1\n", "line 1"), ("09:00 12\n", "line 1"), ("09:00;nan\n", "line 1")])
def test_calls_that_cannot_be_read_are_named(say: Say, tmp_path: Path, text: str, named: str) -> None:
    # SL-03
    path = tmp_path / "day.csv"
    path.write_text(text, encoding="utf8")
    code, out, err = say("staff", str(path))
    assert (code, out) == (1, "")
    assert err.startswith(f"okno: {path}")
    assert named in err
    code, _, err = say("staff", str(tmp_path / "none.csv"))
    assert code == 1
    assert "none.csv" in err


@pytest.mark.parametrize("words", [("--aht", "0"), ("--aht", "-1"), ("--aht", "nan"), ("--share", "101"), ("--patience", "0"), ("--within", "-1"), ("--aht", "long")])
def test_nonsense_is_wrong_usage(words: tuple[str, str]) -> None:
    # SL-03
    with pytest.raises(SystemExit) as end:
        main(["staff", "100", *words])
    assert end.value.code == 2


@pytest.mark.parametrize("words", [("--shrinkage", "100"), ("--occupancy", "0"), ("--blocked", "0")])
def test_a_goal_that_nobody_can_meet_is_refused(say: Say, words: tuple[str, str]) -> None:
    # SL-03, SL-07
    code, out, err = say("staff", "100", *words)
    assert (code, out) == (1, "")
    assert words[0] in err


@pytest.mark.parametrize("first", [date(2026, 11, 24), date(2026, 12, 20), date(2027, 2, 1), date(2027, 4, 20)])
def test_the_example_covers_every_minute(say: Say, first: date) -> None:
    # SL-01, GV-01, D15: the New Year, a working Saturday, the days of May
    code, out, _ = say("roster", str(EXAMPLE), "--from", first.isoformat())
    assert code == 0
    assert out.splitlines() == [f"С {first:%d.%m.%Y} 00:00 на 60 дн.: центров 2, смен: своих 4, общих 1. Каждая минута обеспечена."]
    assert short(rosters.load(EXAMPLE), datetime(first.year, first.month, first.day, tzinfo=UTC)) == []


def test_every_gap_is_told_in_the_centres_own_time(say: Say, tmp_path: Path) -> None:
    # SL-01, D15
    path = tmp_path / "roster.toml"
    path.write_text(EXAMPLE.read_text(encoding="utf8").replace('"18:00-08:00"', '"20:00-07:58"').replace("operators = 8\nweek", "operators = 7\nweek", 1), encoding="utf8")
    code, out, _ = say("roster", str(path), "--days", "1", "--from", "2026-11-24")
    assert code == 1
    assert out.splitlines() == [
        "001: никого с 24.11.2026 07:58 до 24.11.2026 08:00 (2 мин)",
        "001, documents: никого с 24.11.2026 07:58 до 24.11.2026 08:00 (2 мин)",
        "002: никого с 24.11.2026 20:00 до 24.11.2026 22:00 (120 мин)",
        "С 24.11.2026 00:00 на 1 дн.: центров 2, смен: своих 4, общих 1. Никого: 124 мин, меньше нужного: 0 мин.",
    ]


def test_too_few_are_told_and_raise_the_alarm(say: Say, tmp_path: Path) -> None:
    # SL-01
    path = tmp_path / "roster.toml"
    path.write_text('[[centres]]\nid = "1"\n[[shifts]]\nname = "a"\nstaff = "contractor"\nweek = { every_day = ["круглосуточно"] }\n'
                    '[[needs]]\ncentre = "1"\noperators = 3\nweek = { tuesday = ["09:00-10:30"] }', encoding="utf8")
    assert say("roster", str(path), "--days", "1", "--from", "2026-11-24") == (1, (
        "1: операторов 1 из 3 с 24.11.2026 09:00 до 24.11.2026 10:30 (90 мин)\n"
        "С 24.11.2026 00:00 на 1 дн.: центров 1, смен: подрядчика 1. Никого: 0 мин, меньше нужного: 90 мин.\n"), "")


def test_hours_of_the_configuration_count_where_the_roster_has_none(say: Say, tmp_path: Path) -> None:
    # CH-11, SL-01: one format in both files
    roster, config = tmp_path / "roster.toml", tmp_path / "okno.toml"
    closed = '[[hours]]\nqueue = "social"\nweek = { every_day = ["09:00-18:00"] }\n'
    centre = ('[[centres]]\nid = "001"\nqueues = ["social"]\n[[shifts]]\nname = "Днём"\nweek = { every_day = ["09:00-18:00"] }\n'
              '[[shifts]]\nname = "Ночью"\nqueues = ["other"]\nweek = { every_day = ["18:00-09:00"] }\n[[centres]]\nid = "002"\nqueues = ["other"]\n')
    config.write_text(f'[routing]\nqueue = "social"\n[[queues]]\nid = "social"\ntitle = "С"\n[[queues]]\nid = "here-alone"\ntitle = "Х"\n[[topics]]\nid = "x"\ntitle = "X"\n{closed}'
                      '[[hours]]\nqueue = "here-alone"\n', encoding="utf8")
    gap = "001, social: никого с"
    words = ("roster", str(roster), "--days", "1", "--from", "2026-11-24")
    roster.write_text(centre, encoding="utf8")
    assert gap in say(*words)[1]
    assert say(*words, "--config", str(config))[0] == 0
    roster.write_text(centre + closed, encoding="utf8")
    assert say(*words)[0] == 0
    roster.write_text(centre + closed.replace("18:00", "20:00"), encoding="utf8")  # its own go before
    assert gap in say(*words, "--config", str(config))[1]


def test_without_a_date_it_begins_now(say: Say) -> None:
    # SL-01
    _, out, _ = say("roster", str(EXAMPLE), "--days", "1")
    begun = datetime.strptime(out[2:18], "%d.%m.%Y %H:%M").replace(tzinfo=UTC) - timedelta(hours=3)
    assert abs(datetime.now(UTC) - begun) < timedelta(minutes=3)


@pytest.mark.parametrize(("content", "named"), [(b"[[centres]]\nid = 1", "centres[0].id"), (b"[[centres]", "not TOML"), (b"\xff", "not TOML"), (b"", "centres"), (b'[[centres]]\nid = "1"\ncolour = 1', "colour")])
def test_a_roster_that_cannot_be_used_is_named(say: Say, tmp_path: Path, content: bytes, named: str) -> None:
    # SL-01
    path = tmp_path / "roster.toml"
    path.write_bytes(content)
    code, out, err = say("roster", str(path))
    assert (code, out) == (1, "")
    assert err.startswith(f"okno: {path}: ")
    assert named in err
    assert say("roster", str(tmp_path / "none.toml"))[0] == 1
    assert "--days" in say("roster", str(EXAMPLE), "--days", "0")[2]
