"""Visits to offices at the desk: a table of АИС МФЦ is looked at, taken, and told as an effect (GV-12)."""

from datetime import date

import pytest

from hub.kernel.errors import RefusedError
from hub.programme.visit_book import whole_month
from hub.programme.visit_counts import read_visits
from tests.house import People

FIRST = date(2026, 1, 1)
MONTHS = [date(year, month, 1) for year in (2023, 2024, 2025) for month in range(1, 13)]
EFFECTS = {"50": (date(2024, 6, 1), 0.8), "16": (date(2025, 1, 1), 0.8), "01": (date.max, 1.0), "04": (date.max, 1.0)}
"""Since when visits of a subject are fewer, and by what factor: the registry of the demonstration has a centre in the first two."""


def planted(head: str, mark: str) -> list[str]:
    """The rows of a table with the effect in it."""
    return [head, *(mark.join((subject, f"{month:%Y-%m}", str(round((1000 + 50 * month.month + int(subject)) * (factor if month >= since else 1)))))
                    for subject, (since, factor) in EFFECTS.items() for month in MONTHS)]


TABLE = "\ufeffсубъект;месяц;визиты\n50;2026-01;1 200\n50;02.2026;900\n\n1;2026-01;5\n"


def test_a_table_is_read_as_it_comes() -> None:
    # GV-12: out of a spreadsheet, in Russian
    assert read_visits(TABLE, {"50", "01"}) == {"50": {FIRST: 1200, date(2026, 2, 1): 900}, "01": {FIRST: 5}}
    for row, told in (("99;2026-01;5", "субъекта «99» нет"), ("50;январь;5", "«январь» — не месяц"), ("50;2026-13;5", "не месяц"),
                      ("50;2026-01;-5", "не число визитов"), ("50;2026-01", "«» — не число"), ("50;2026-01;1\n50;01.2026;2", "уже был")):
        with pytest.raises(RefusedError, match=told):
            read_visits(f"субъект;месяц;визиты\n{row}\n", {"50"})
    with pytest.raises(RefusedError, match="Первая строка"):
        read_visits("subject,month\n50,2026-01\n", {"50"})


def test_a_centre_counts_from_its_first_whole_month() -> None:
    assert [whole_month(date(*day)) for day in ((2026, 1, 1), (2026, 1, 2), (2026, 12, 31))] == [FIRST, date(2026, 2, 1), date(2027, 1, 1)]


async def test_visits_are_taken_at_the_desk_and_compared_with_the_registry(at: People) -> None:
    # GV-12: centres and the day since when they work are the registry's, the counts are those of АИС МФЦ
    admin = await at.admin()
    boss, anna = await at.clerk(admin, "supervisor"), await at.clerk(admin)
    assert (await boss.does("GET", "/api/programme/visits"))["effect"] is None
    text = "\n".join(planted("subject,month,visits", ","))
    looked = await boss.does("POST", "/api/programme/visits", {"text": text})
    assert looked == {"subjects": 4, "months": 144, "new": 144, "changed": 0, "fault": "", "applied": False}
    assert (await boss.call("POST", "/api/programme/visits", {"text": text, "apply": True}))[1]["error"] == "empty"
    assert (await boss.does("GET", "/api/programme/visits"))["subjects"] == []
    assert (await boss.does("POST", "/api/programme/visits", {"text": text, "source": "АИС МФЦ, форма 7", "apply": True}))["applied"]
    told = await boss.does("GET", "/api/programme/visits")
    rows = {each["subject"]: each for each in told["subjects"]}
    assert (rows["50"]["since"], rows["01"]["since"], rows["50"]["source"]) == ("2024-06-01", None, "АИС МФЦ, форма 7")
    assert told["effect"]["change"] < -0.15
    assert (told["effect"]["covered"], told["effect"]["others"], told["found"]) == (2, 2, True)
    assert [each["reached"] for each in told["lines"]] == ["yes", "yes"]
    assert len(told["months"]) == 19
    assert "Московская область" not in told["without"]
    table = (await boss.does("GET", "/api/programme/visits/file")).decode("utf-8-sig")
    again = await boss.does("POST", "/api/programme/visits", {"text": table})
    assert (again["new"], again["changed"], again["months"]) == (0, 0, 144)
    wrong = await boss.does("POST", "/api/programme/visits", {"text": "subject,month,visits\n50,2026-01,много\n", "source": "x", "apply": True})
    assert wrong["fault"] == "Строка 2: «много» — не число визитов."
    assert (await anna.call("GET", "/api/programme/visits"))[0] == 403
    assert (await anna.call("POST", "/api/programme/visits", {"text": text}))[0] == 403
    entries = await admin.does("GET", "/api/audit?what=visits_taken")
    assert entries[0]["about"] == "4/144"


def test_what_is_no_table_is_refused() -> None:
    # a cell that no reader of CSV takes
    with pytest.raises(RefusedError, match="Строка 2: это не таблица CSV"):
        read_visits(f"субъект;месяц;визиты\n50;2026-01;{'1' * 200_000}\n", {"50"})
