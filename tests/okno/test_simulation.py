"""`okno simulate`: what it prints and refuses; the same seed gives the same day."""

import pytest

from okno.commands.cli import main
from okno.commands.simulate import staff
from routing.demand import country
from routing.nation import Nation


def said(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = main(["simulate", *words])
    told = capsys.readouterr()
    return code, told.out, told.err


def row(out: str, title: str) -> list[str]:
    line = next(line for line in out.splitlines() if line.startswith(title))
    return line.removeprefix(title).split()


def test_too_few_lines_and_enough_of_them(capsys: pytest.CaptureFixture[str]) -> None:
    # SL-07
    def lines(*words: str) -> list[str]:
        return row(said(capsys, "centre", "--calls", "400", *words)[1], "Линий:")

    unlimited = lines()
    assert unlimited[:5] == ["без", "ограничения,", "одновременно", "занято", "до"]
    assert lines("--lines", unlimited[5].rstrip("."))[-3:] == ["0", "(0,00", "%)."]
    few = lines("--lines", "3")
    assert few[:5] == ["3,", "одновременно", "занято", "до", "3."]
    assert int(few[-3]) > 0
    assert "--lines" in said(capsys, "centre", "--lines", "0")[2]


def test_a_day_of_one_centre(capsys: pytest.CaptureFixture[str]) -> None:
    # SL-03, D2
    code, out, _ = said(capsys, "centre", "--calls", "400", "--operators", "6")
    assert code == 0
    assert out.startswith("Сутки одного центра. Операторов по часам: 6 6 6")
    offered, breaches = int(row(out, "Звонков")[0]), int(row(out, "Нарушений срока")[0])
    assert abs(offered - 400) < 80
    share = float(row(out, "В срок (20 с, строго)")[0].replace(",", "."))
    assert share == pytest.approx(100 * (1 - breaches / offered), abs=0.01)
    assert breaches > 0


def test_more_operators_are_better_and_the_seed_is_the_day(capsys: pytest.CaptureFixture[str]) -> None:
    # SL-03
    few, same, many, other = (said(capsys, "centre", "--calls", "400", *words)[1] for words in (
        ("--operators", "5"), ("--operators", "5", "--seed", "1"), ("--operators", "9"), ("--operators", "5", "--seed", "2")))
    assert few == same != other
    assert int(row(many, "Нарушений срока")[0]) < int(row(few, "Нарушений срока")[0])


def test_each_hour_gets_the_operators_that_it_needs(capsys: pytest.CaptureFixture[str]) -> None:
    # SL-03, D15: somebody is there at every minute
    _, out, _ = said(capsys, "centre", "--calls", "600")
    operators = [int(each) for each in out.splitlines()[0].partition(": ")[2].split()]
    assert len(operators) == 24
    assert 1 <= min(operators) < max(operators)


def test_a_weekday_of_the_country(capsys: pytest.CaptureFixture[str]) -> None:
    # SL-03, RT-01
    code, out, _ = said(capsys, "nation", "--calls", "3000")
    assert code == 0
    assert "центров 135" in out
    *levels, everything = map(int, row(out, "Звонков"))
    assert len(levels) == 3
    assert sum(levels) == everything
    assert "Передачи, федеральный уровень: личный вопрос" in out


@pytest.mark.parametrize("words", [("centre", "--operators", "0"), ("centre", "--operators", "-3")])
def test_nobody_is_no_staff(capsys: pytest.CaptureFixture[str], words: tuple[str, ...]) -> None:
    code, out, err = said(capsys, *words)
    assert (code, out) == (1, "")
    assert "--operators" in err


def test_the_fewest_operators_are_set_beside_islands_and_one_pool(capsys: pytest.CaptureFixture[str]) -> None:
    # SL-03, RT-03
    nation = Nation.of(country(3, 1), 4_000)
    staff(nation, 1, rooms=(2.0,), steps=4)
    out = capsys.readouterr().out
    assert f"сам по себе {nation.alone()}, все общие вопросы — федеральному {nation.general_together()}," in out
    assert f"по одному центру в регионе {nation.regions()}, все в одном зале {nation.pooled()}." in out
    assert nation.pooled() < nation.regions() < nation.alone()
    found = [int(line.partition(": ")[2].split()[0]) for line in out.splitlines() if line.startswith("Помощь")]
    assert len(found) == 3
    assert all(nation.pooled() <= each for each in found)
    assert all(float(share.replace(",", ".")) >= 98 for share in row(out, "В срок (20 с, строго)")[::2])
