"""Coverage by a register written by hand: which subjects are covered, why the others are not, the plan by years (GV-01, GV-02)."""

import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest

from hub.desk.programme.coverage import tiles
from hub.organisation.centre import Centre
from hub.organisation.registry import Registry
from hub.programme.coverage import Reason, coverage, target, total
from hub.programme.daily_report import key_of
from hub.programme.readiness import Readiness
from okno.territory import subjects

GOLDEN: dict[str, Any] = tomllib.loads((Path(__file__).parent / "golden.toml").read_text(encoding="utf8"))
SUBJECTS = subjects()
REGISTRY = Registry(msgspec.convert(GOLDEN["centre"], list[Centre]), subjects=SUBJECTS.codes)
REPORTS = [msgspec.convert(each | {"key": key_of(each["centre"], each["day"]), "version": 1}, Readiness) for each in GOLDEN["report"]]


def test_the_golden_register_gives_the_expected_coverage_and_reasons() -> None:
    # GV-01
    rows = coverage(REGISTRY, SUBJECTS.on(GOLDEN["day"]), GOLDEN["day"], REPORTS)
    expected: dict[str, list[str]] = GOLDEN["expected"]
    assert len(rows) == GOLDEN["of"]
    assert {each.subject: list(each.reasons) for each in rows} == {
        each.subject: expected.get(each.subject, [Reason.NO_CENTRE]) for each in rows}
    assert total(rows) == sum(not reasons for reasons in expected.values())


def test_each_reason_alone_uncovers_a_subject() -> None:
    # GV-01
    good = REPORTS[0]
    for lack, reason in (({"telephones": 0}, Reason.NUMBER), ({"uncovered_min": 1}, Reason.ROSTER), ({"operators": 0}, Reason.ROSTER), ({"offices": 0}, Reason.BOOKING),
                         ({"services": 0}, Reason.HANDBOOK), ({"incomplete": 1}, Reason.HANDBOOK), ({"trained": 2}, Reason.CERTIFICATES)):
        rows = coverage(REGISTRY, [SUBJECTS["02"]], GOLDEN["day"], [msgspec.structs.replace(good, **lack)])
        assert rows[0].reasons == (reason,)


def test_without_a_register_nothing_is_covered() -> None:
    # GV-01
    assert total(coverage(None, SUBJECTS.on(GOLDEN["day"]), GOLDEN["day"], REPORTS)) == 0


@pytest.mark.parametrize(("day", "of"), [(date(2013, 12, 31), 83), (date(2014, 12, 31), 85), (date(2026, 12, 1), 89)])
def test_the_denominator_is_that_of_the_day(day: date, of: int) -> None:
    # GV-02
    assert len(SUBJECTS.on(day)) == of


def test_the_plan_is_that_of_the_concept() -> None:
    # GV-02
    assert [target(year, 89) for year in range(2008, 2016)] == [0, 1, 3, 38, 64, 83, 89, 89]


def test_every_subject_has_a_tile_of_its_own_and_most_stand_beside_a_neighbour() -> None:
    # GV-02
    placed = tiles()
    assert placed.keys() == SUBJECTS.codes
    assert len(set(placed.values())) == len(placed)
    beside = sum(any(abs(placed[code][0] - placed[each][0]) <= 2 and abs(placed[code][1] - placed[each][1]) <= 2
                     for each in SUBJECTS[code].neighbours) for code in placed if SUBJECTS[code].neighbours)
    assert beside > 0.9 * len(placed)
