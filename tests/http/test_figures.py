"""A day's figures by the desk's own requests: of a day that is over, out of the journal as a hub has left it, and of today."""

import csv
from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest

from hub.desk.reporting.sums import HEADINGS, SumsOut
from tests.house import Clerk, House, People
from tests.past import YESTERDAY, house_with_a_past, today


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house_with_a_past(tmp_path_factory.mktemp("house")) as running:
        yield running


async def day(clerk: Clerk, what: str = "", **query: object) -> Any:
    asked = "&".join(f"{name}={value}" for name, value in ({"day": YESTERDAY} | query).items())
    return await clerk.does("GET", f"/api/figures{what}?{asked}")


async def test_a_day_in_half_hours(at: People, admin: Clerk) -> None:
    # CH-13, MC-02, SL-03, SL-04
    figures = await day(await at.clerk(admin, "supervisor", queues=("general", "federal")))
    assert (figures["day"], figures["timezone"]) == (YESTERDAY.isoformat(), "Europe/Moscow")
    assert [centre["id"] for centre in figures["centres"]] == ["000", "001"]
    intervals, total = figures["intervals"], figures["total"]
    assert len(intervals) == 48
    assert {n: each["offered"] for n, each in enumerate(intervals) if each["offered"]} == {18: 2, 21: 2, 30: 1, 47: 1}
    assert (total["offered"], total["answered"], total["in_time"], total["left"], total["promised"], total["breaches"]) == (6, 4, 2, 1, 1, 3)
    assert (total["service_level"], total["mean_wait_s"]) == (pytest.approx(2 / 6), 25)
    assert (total["talks_ended"], total["talks_in_time"], total["given"], total["kept"], total["open"], total["overdue"]) == (4, 3, 1, 1, 0, 0)
    for length, count in ((15, 96), (60, 24)):
        other = await day(admin, minutes=length)
        assert (len(other["intervals"]), other["total"]) == (count, total)


async def test_figures_are_of_ones_own_centre_and_those_below(at: People, admin: Clerk) -> None:
    # SE-01, MC-01
    regional = await at.clerk(admin, "supervisor")
    figures = await day(regional)
    assert ([centre["id"] for centre in figures["centres"]], figures["total"]["offered"]) == (["001"], 5)
    assert figures["total"] == (await day(regional, centre="001"))["total"]
    for what in ("", ".csv", "/breaches"):
        status, answer = await regional.call("GET", f"/api/figures{what}?day={YESTERDAY}&centre=000")
        assert (status, answer["error"]) == (403, "forbidden")


async def test_every_breach_is_listed_with_its_cause(admin: Clerk) -> None:
    # SL-03, CH-14
    listed = await day(admin, "/breaches")
    told = [(each["wait_s"], each["result"], each["cause"], each["queue"]) for each in listed["breaches"]]
    assert told == [(45, "closed", "accepted_late", "general"), (25, "left", "nobody_free", "general"), (30, "closed", "nobody_free", "general")]
    assert not listed["more"]
    first = listed["breaches"][0]
    opened = await admin.does("GET", f"/api/conversations/{first['conversation']}")
    assert opened["conversation"]["number"] == first["number"]
    start = (await day(admin))["intervals"][21]["start"]
    assert [each["wait_s"] for each in (await day(admin, "/breaches", start=start))["breaches"]] == [25]
    assert [each["wait_s"] for each in (await day(admin, "/breaches", skip=1))["breaches"]] == [25, 30]
    assert (await day(admin, "/breaches", centre="000"))["breaches"] == []


async def test_the_country_is_the_sum_of_its_centres(admin: Clerk) -> None:
    # FD-06
    country = await day(admin, "/national")
    parts = {each["centre"]: await day(admin, centre=each["centre"]) for each in country["reports"]}
    assert [(each["centre"], each["name"], each["version"]) for each in country["reports"]] == [
        ("000", "Федеральный центр телефонного обслуживания", 2), ("001", "Центр области", 1)]
    for each in country["reports"]:
        assert each["figures"] == parts[each["centre"]]["total"]
    assert country["total"] == (await day(admin))["total"]
    assert (country["restated"], [each["id"] for each in country["missing"]]) == (1, ["016", "077"])
    assert (await day(admin, "/national")) == country


def table(content: bytes) -> list[list[str]]:
    """What a spreadsheet in Russian reads."""
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(StringIO(content.decode("utf-8-sig")), delimiter=";"))


async def test_tables_for_a_spreadsheet(admin: Clerk) -> None:
    # RQ-05, MC-02
    head, *rows = table(await day(admin, ".csv"))
    assert head == ["Начало", *HEADINGS.values()]
    assert set(HEADINGS) <= set(SumsOut.__struct_fields__)
    assert [row[0] for row in rows] == [f"{n // 2:02}:{n % 2 * 30:02}" for n in range(48)] + ["За день"]
    total = dict(zip(head, rows[-1], strict=True))
    assert (total["Обратились"], total["Отвечено за 20 с, %"], total["Среднее ожидание, с"]) == ("6", "33,33", "25,0")
    head, *rows = table(await day(admin, "/national.csv"))
    assert [row[:3] for row in rows] == [
        ["000", "Федеральный центр телефонного обслуживания", "2"], ["001", "Центр области", "1"],
        ["016", "Центр телефонного обслуживания республики", "нет отчёта"], ["077", "Центр телефонного обслуживания города", "нет отчёта"],
        ["", "Всего", ""]]
    assert [row[3] for row in rows if len(row) > 3] == ["1", "5", "6"]


@pytest.mark.parametrize(("query", "code"), [
    ("day=2023-12-31", "bad_day"), (f"day={today() + timedelta(days=2)}", "bad_day"), ("day=0001-01-01", "bad_day"), ("day=9999-12-31", "bad_day"),
    ("day=soon", "bad_request"), ("minutes=20", "bad_request"), ("centre=77", "bad_request"), ("centre=077", "no_such_centre")])
async def test_a_day_that_is_none(admin: Clerk, query: str, code: str) -> None:
    assert (await admin.call("GET", f"/api/figures?{query}"))[1]["error"] == code


async def test_today_as_it_goes_on(at: People, admin: Clerk) -> None:
    # CH-13, CH-14
    async def now() -> tuple[int, ...]:
        total = (await admin.does("GET", "/api/figures"))["total"]
        return total["offered"], total["waiting"], total["answered"], total["talks_ended"]

    before = await now()
    citizen = await at.citizen()
    await citizen.tell("позовите оператора")
    await citizen.line.hear("state", holder="queue")
    seen = [await now()]
    await admin.does("POST", f"/api/conversations/{citizen.conversation}/take")
    seen.append(await now())
    await admin.does("POST", f"/api/conversations/{citizen.conversation}/close", {"topic": "other"})
    seen.append(await now())
    assert [tuple(a - b for a, b in zip(each, before, strict=True)) for each in seen] == [(1, 1, 0, 0), (1, 0, 1, 0), (1, 0, 1, 1)]
