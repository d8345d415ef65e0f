"""Results of another learning system count for lessons, once, and for nothing else (TR-02)."""

import json
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from hub.kernel.errors import RefusedError
from hub.training.lms_results import LmsResult, results_of
from tests.house import Clerk, People

MOSCOW = ZoneInfo("Europe/Moscow")
HEAD = "логин;курс;урок;результат;дата"


def statement(person: str, verb: str = "passed", **result: Any) -> dict[str, Any]:
    """As Moodle and SCORM Cloud write them (xAPI 1.0.3)."""
    return {"id": "0e1e2f30-1111-4a2b-8c3d-000000000001", "timestamp": "2026-11-20T10:00:00.000Z",
            "actor": {"objectType": "Agent", "account": {"homePage": "https://lms.example", "name": person}},
            "verb": {"id": f"http://adlnet.gov/expapi/verbs/{verb}", "display": {"en-US": verb}},
            "object": {"id": "https://lms.example/xapi/okno-operator-1/lesson-levels", "objectType": "Activity"}, "result": result}


def test_a_table_is_read_with_its_faults() -> None:
    # TR-02
    text = f"\ufeff{HEAD}\nanna;operator;lesson-levels;85,5 %;01.12.2026\n\nanna;operator;levels;много;01.12.2026\nboris;operator;levels;passed;вчера\n"
    good, odd, undated = results_of(text, MOSCOW)
    assert good == LmsResult(2, "anna", "operator", "levels", 85.5, datetime(2026, 11, 30, 21, tzinfo=UTC))
    assert (odd.row, "проценты" in odd.fault, undated.row, "дата" in undated.fault) == (4, True, 5, True)
    for mark, percent in (("passed", 100), ("Зачтено", 100), ("не зачтено", 0)):
        assert results_of(HEAD.replace(";", ",") + f"\nanna,operator,levels,{mark},2026-12-01T10:00:00Z", MOSCOW)[0].percent == percent


@pytest.mark.parametrize(("told", "percent"), [
    ({"score": {"scaled": 0.9}}, 90), ({"score": {"raw": 17, "max": 20}}, 85), ({"success": False}, 0), ({"completion": True}, 100)])
def test_a_statement_is_read(told: dict[str, Any], percent: float) -> None:
    # TR-02: xAPI 1.0.3, 4.1.5.1
    found, = results_of(json.dumps({"statements": [statement("anna", **told)], "more": ""}), MOSCOW)
    assert found == LmsResult(1, "anna", "operator", "levels", percent, datetime(2026, 11, 20, 10, tzinfo=UTC))


def test_a_statement_that_says_nothing_of_a_lesson_is_a_fault() -> None:
    # TR-02
    mailed = statement("", "launched") | {"actor": {"mbox": "mailto:anna@lms.example"}}
    launched, nameless = results_of(json.dumps([mailed, statement("")]), MOSCOW)
    assert (launched.person, "launched" in launched.fault, "нет человека" in nameless.fault) == ("anna", True, True)


@pytest.mark.parametrize("text", ["{", "person;course\nanna;operator", HEAD, "[]"])
def test_what_is_neither_is_refused(text: str) -> None:
    # TR-02
    with pytest.raises(RefusedError):
        results_of(text, MOSCOW)


async def sent(clerk: Clerk, text: str, *, apply: bool = False) -> dict[str, Any]:
    answer: dict[str, Any] = await clerk.does("POST", "/api/training-results", {"text": text, "source": "Академия", "apply": apply})
    return answer


async def test_passed_lessons_count_once_and_the_final_test_does_not(at: People) -> None:
    # TR-02
    admin = await at.admin()
    teacher, trainee = await at.clerk(admin, "supervisor"), await at.clerk(admin)
    day = datetime.now(UTC).isoformat()  # later than the cards that the hub began with
    rows = [f"{trainee.login};operator;lesson-levels;95;{day}", f"{trainee.login};operator;lesson-levels;95;{day}",
            f"{trainee.login};operator;test;100;{day}", f"{trainee.login};operator;lesson-calls;40;{day}", f"nobody;operator;levels;95;{day}",
            f"{trainee.login};operator;nothing;95;{day}", f"{trainee.login};operator;levels;95;2099-01-01"]
    text = "\n".join([HEAD, *rows])
    lessons = [lesson["key"] for each in (await teacher.does("GET", "/api/courses")) if each["key"] == "operator" for part in each["days"] for lesson in part["lessons"]]
    text = text.replace("lesson-calls", f"lesson-{lessons[-1]}")
    preview = await sent(teacher, text)
    assert preview["counts"] == {"counts": 1, "doubled": 1, "test": 1, "failed": 1, "fault": 3}
    assert [each["row"] for each in preview["rows"][:3]] == [6, 7, 8]
    assert all(each["fault"] for each in preview["rows"][:3])
    assert (await trainee.does("GET", "/api/own-courses"))[0]["done"] == 0
    assert (await sent(teacher, text, apply=True))["counts"]["counts"] == 1
    course = next(each for each in await trainee.does("GET", "/api/own-courses") if each["key"] == "operator")
    assert course["done"] == 1
    assert (await sent(teacher, text, apply=True))["counts"] == {"known": 1, "doubled": 1, "test": 1, "failed": 1, "fault": 3}
    told = [each for each in await admin.does("GET", "/api/audit") if each["what"] == "lesson_results_imported"]
    assert [(each["by"], each["about"], each["detail"]) for each in told] == [(teacher.login, "Академия", "1 / 7")]
    assert (await trainee.call("POST", "/api/training-results", {"text": text, "source": "x"}))[0] == 403
