"""Results of another learning system: a table as CSV, or xAPI statements as JSON (TR-02). Pure.

A table has a head: person, course, lesson, result, date; separated by semicolons, commas or tabs. The result is per cent, or
passed/failed. A statement names the person by the account or the mailbox, and the lesson by the id that our package has
(`okno-operator-1/lesson-levels`) or by `…/course/lesson` (xAPI 1.0.3, 4.1).
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, tzinfo
from typing import Any

import msgspec
from msgspec import Struct

from hub.kernel.csv_table import read_table
from hub.kernel.errors import RefusedError

MOST_ROWS = 20_000
HEADS = {
    "person": ("person", "login", "user", "student_id", "learner_id", "логин", "учётная запись", "человек"),
    "course": ("course", "курс"), "lesson": ("lesson", "sco", "урок"),
    "result": ("result", "score", "percent", "результат", "оценка", "процент"),
    "date": ("date", "time", "timestamp", "дата", "время")}
PASSED = {"passed", "completed", "пройдено", "пройден", "сдано", "сдан", "зачтено", "зачёт", "зачет"}
FAILED = {"failed", "incomplete", "не пройдено", "не сдано", "не зачтено", "незачёт", "незачет"}
PARTS = re.compile(r"[/#?:=&]")
NAME = re.compile(r"[A-Za-z0-9_-]+")
DATES = ("%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M", "%d.%m.%Y")
VERBS = {"passed": 100.0, "completed": 100.0, "failed": 0.0, "scored": None, "answered": None}


class LmsResult(Struct, frozen=True):
    """`row` is the line of the table or the number of the statement; `lesson` without "lesson-", "test" for the final test.

    Where `fault` says what is wrong, the rest may be empty.
    """

    row: int
    person: str = ""
    course: str = ""
    lesson: str = ""
    percent: float = 0.0
    at: datetime | None = None
    fault: str = ""


def results_of(text: str, zone: tzinfo) -> list[LmsResult]:
    """By their rows; `zone` is that of dates without one. Raises RefusedError for what is neither a table nor statements."""
    found = list(_statements(text) if text.lstrip("\ufeff \r\n\t")[:1] in {"[", "{"} else _table(text, zone))
    if not found:
        raise RefusedError("bad_file", "В файле нет ни одного результата.")
    if len(found) > MOST_ROWS:
        raise RefusedError("bad_file", f"В файле больше {MOST_ROWS} результатов: разделите его.")
    return found


def _table(text: str, zone: tzinfo) -> Iterator[LmsResult]:
    for number, told in read_table(text, HEADS, "person, course, lesson, result, date"):
        yield _row(number, told, zone)


def _row(number: int, told: dict[str, str], zone: tzinfo) -> LmsResult:
    percent, at = _percent(told["result"]), _moment(told["date"], zone)
    fault = ("результат — не проценты и не passed/failed" if percent is None
             else "дата не вида 2026-12-01, 01.12.2026 или 2026-12-01T10:00:00Z" if at is None else "")
    return LmsResult(number, told["person"], told["course"], told["lesson"].removeprefix("lesson-"), percent or 0.0, at, fault)


def _percent(text: str) -> float | None:
    word = text.casefold()
    if word in PASSED or word in FAILED:
        return 100.0 if word in PASSED else 0.0
    try:
        value = float(word.rstrip("% ").replace(",", "."))
    except ValueError:
        return None
    return value if 0 <= value <= 100 else None  # noqa: PLR2004 - per cent


def _moment(text: str, zone: tzinfo) -> datetime | None:
    for shape in (None, *DATES):
        try:
            found = datetime.strptime(text, shape) if shape else datetime.fromisoformat(text)  # noqa: DTZ007 - the zone is added
        except ValueError:
            continue
        return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC)
    return None


def _statements(text: str) -> Iterator[LmsResult]:
    try:
        told: Any = msgspec.json.decode(text.lstrip("\ufeff"))
    except msgspec.DecodeError as error:
        raise RefusedError("bad_file", f"Файл начинается как JSON, но не читается: {error}.") from None
    told = told.get("statements", [told]) if isinstance(told, dict) else told
    for number, statement in enumerate(told, 1):
        yield _statement(number, statement) if isinstance(statement, dict) else LmsResult(number, fault="не высказывание xAPI")


def _statement(number: int, told: dict[str, Any]) -> LmsResult:
    actor, verb, about, result = (_part(told, name) for name in ("actor", "verb", "object", "result"))
    person = str(_part(actor, "account").get("name") or str(actor.get("mbox", "")).removeprefix("mailto:").partition("@")[0])
    name, about_id = str(verb.get("id", "")).rpartition("/")[2], str(about.get("id", ""))
    course, lesson = _named(about_id)
    at = _moment(str(told.get("timestamp", "")), UTC)
    percent = _scored(result, VERBS.get(name))
    faults = ((not person, "нет человека: actor.account.name или mbox"),
              (name not in VERBS, f"действие {name or 'без id'} ничего не говорит об уроке"),
              (not lesson, "object.id не называет курс и урок"), (percent is None, "нет результата"),
              (at is None, "нет времени timestamp"))
    fault = next((words for wrong, words in faults if wrong), "")
    return LmsResult(number, person, course, lesson.removeprefix("lesson-"), percent or 0.0, at, fault)


def _named(about: str) -> tuple[str, str]:
    """Course and lesson of an activity: those of our package (`…/okno-operator-1/lesson-levels`), else the last two parts of its id."""
    parts = [each.partition(".")[0] for each in PARTS.split(about) if each]
    for at, part in enumerate(parts):
        course, _, version = part.removeprefix("okno-").rpartition("-")
        if course and part.startswith("okno-") and version.isdecimal():
            return course, next((each for each in parts[at + 1:] if each == "test" or each.startswith("lesson-")), "")
    last = parts[-2:]
    return (last[0], last[1]) if len(last) > 1 and all(NAME.fullmatch(each) for each in last) else ("", "")


def _scored(result: dict[str, Any], otherwise: float | None) -> float | None:
    """XAPI 4.1.5.1: scaled is from −1 to 1; else raw of max; else success; else what the verb says."""
    score = _part(result, "score")
    scaled, raw, most = (score.get(name) for name in ("scaled", "raw", "max"))
    if isinstance(scaled, int | float):
        return min(max(100.0 * scaled, 0.0), 100.0)
    if isinstance(raw, int | float):
        whole = most if isinstance(most, int | float) and most > 0 else 100
        return min(max(100.0 * raw / whole, 0.0), 100.0)
    return {True: 100.0, False: 0.0}.get(result["success"]) if isinstance(result.get("success"), bool) else otherwise


def _part(of: dict[str, Any], name: str) -> dict[str, Any]:
    found = of.get(name)
    return found if isinstance(found, dict) else {}
