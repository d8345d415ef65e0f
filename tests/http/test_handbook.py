"""The handbook at the desk: one writes, another publishes, operators read it, and the robot answers from it (KB-05, AL-01…AL-05)."""

from typing import Any

import pytest

from tests.house import Clerk, People
from tests.knowledge.cards import LAW
from tests.past import today

pytestmark = pytest.mark.demonstration

PATH = "/api/handbook/service/watering"
ORIGIN = {"source": LAW.source, "checked": "2026-01-01", "review": "2026-11-01"}
SERVICE: dict[str, Any] = {
    "type": "public_service", "id": "watering", "title": "Поливочная книжка", "name": "Выдача поливочных книжек", "level": "regional",
    "topic": "other", "authority": "gibdd", "about": "Книжку выдают садоводам.", "questions": ["как получить поливочную книжку"]}
REST: dict[str, Any] = {
    "order": "Придите и получите.", "term": {"working_days": 5}, "fee": {"rubles": 1200}, "refusals": ["Нет сада"],
    "documents": [{"applicant": "Садовод", "papers": [{"name": "Паспорт"}]}], "responsible": "Начальник", "result": "Книжка",
    "ways": ["mfc"], "appeal": {"authority": "mvd", "how": "Письменно", "term": {"working_days": 15}}, "origin": ORIGIN}


@pytest.fixture
async def author(admin: Clerk, at: People) -> Clerk:
    return await at.clerk(admin, "designer")


@pytest.fixture
async def boss(admin: Clerk, at: People) -> Clerk:
    return await at.clerk(admin, "supervisor")


async def test_a_service_from_draft_to_the_robots_answer(author: Clerk, boss: Clerk, at: People) -> None:
    # KB-05, AL-02, AL-03, AL-04, AL-05, RG-01
    written = await author.does("PUT", PATH, {"version": 0, "card": SERVICE})
    assert (written["stage"], written["card"]) == ("draft", None)
    assert written["lacking"] == ["order", "term", "documents", "fee", "refusals", "responsible", "result", "ways", "source", "appeal"]
    assert await author.call("POST", f"{PATH}/check", {"version": 1}) == (409, {
        "error": "lacking", "text": "Не хватает: порядок, срок, документы, стоимость, основания отказа, кто отвечает, результат, как подать, "
                                    "источник, обжалование."})
    whole = await author.does("PUT", PATH, {"version": 1, "card": SERVICE | REST})
    assert whole["lacking"] == []
    assert (await author.call("PUT", PATH, {"version": 1, "card": SERVICE}))[1]["error"] == "other_version"
    await author.does("POST", f"{PATH}/check", {"version": 2})
    assert (await author.call("POST", f"{PATH}/publish", {"version": 2}))[1]["error"] == "forbidden"
    done = await boss.does("POST", f"{PATH}/publish", {"version": 2})
    assert (done["stage"], done["draft"]) == ("in_force", None)
    assert [(each["written_name"], each["published_name"]) for each in done["editions"]] == [(author.login.title(), boss.login.title())]
    assert [rung["id"] for rung in done["ladder"]][:2] == ["gibdd", "mvd-region"]
    assert [rung["id"] for rung in done["appeal"]] == ["mvd"]
    citizen = await at.citizen()
    await citizen.line.hear("message", author="bot")
    await citizen.tell("как получить поливочную книжку")
    said = await citizen.line.hear("message", author="bot")
    assert said["source"]["article"] == "watering"
    assert "1 200 рублей" in said["text"]


async def test_nobody_publishes_his_own(admin: Clerk, boss: Clerk) -> None:
    # SE-01
    path, card = "/api/handbook/authority/gardens", {"type": "authority", "id": "gardens", "name": "Комитет садов", "branch": "municipal",
                                                     "superior": "mvd", "official": {"post": "Председатель"}}
    await admin.does("PUT", path, {"version": 0, "card": card})
    await admin.does("POST", f"{path}/check", {"version": 1})
    assert await admin.call("POST", f"{path}/publish", {"version": 1}) == (
        403, {"error": "own_edition", "text": "Свою редакцию публикует другой сотрудник."})
    await boss.does("POST", f"{path}/publish", {"version": 1})
    changed = await admin.does("PUT", path, {"version": 1, "card": card | {"name": "Комитет парков"}})
    assert changed["card"]["name"] == "Комитет садов"
    assert await admin.does("GET", f"{path}/editions/2") == [
        {"field": "name", "before": "Комитет садов", "after": "Комитет парков"},
        {"field": "origin.checked", "before": today().isoformat(), "after": ""}]
    rows = {row["id"]: row for row in await admin.does("GET", "/api/handbook?sort=authority")}
    assert (rows["gardens"]["title"], rows["gardens"]["stage"], rows["gardens"]["public"]) == ("Комитет садов", "draft", True)
    await admin.does("POST", f"{path}/discard", {"version": 2})
    await boss.does("POST", f"{path}/withdraw")
    assert "gardens" not in {row["id"] for row in await admin.does("GET", "/api/handbook?sort=authority")}
    assert (await boss.call("POST", "/api/handbook/authority/mvd/withdraw"))[1]["error"] == "needed"


async def test_an_office_is_open_or_not_in_its_own_time(admin: Clerk, boss: Clerk) -> None:
    # AL-01
    path = "/api/handbook/office/kiosk"
    card = {"type": "office", "id": "kiosk", "authority": "mvd", "name": "Киоск", "address": "ул. Первая, 1", "place": {"subject": "25"},
            "hours": {"zone": "Asia/Vladivostok", "week": {"every_day": ["круглосуточно"]}, "special": {"2026-12-31": ["09:00-13:00", "14:00-15:00"]}}}
    await admin.does("PUT", path, {"version": 0, "card": card})
    await admin.does("POST", f"{path}/check", {"version": 1})
    await boss.does("POST", f"{path}/publish", {"version": 1})
    (office,) = (await boss.does("GET", f"{path}?day=2026-12-31"))["offices"]
    assert (office["open"], office["now_en"], office["clock"]) == (True, office["now_en"], "по владивостокскому времени")
    assert office["hours"] == "9:00–13:00, 14:00–15:00"
    assert (await boss.call("GET", f"{path}?day=31.12.2026"))[0] == 400
    assert (await boss.call("GET", "/api/handbook/office/none"))[1]["error"] == "no_such_card"


async def test_what_is_malformed_harms_nothing(author: Clerk) -> None:
    for card in (SERVICE | {"id": "other"}, SERVICE | {"level": "village"}, SERVICE | {"fee": {"free": True, "rubles": 5}}, SERVICE | {"extra": 1},
                 {"type": "case", "id": "watering"}):
        status, answer = await author.call("PUT", "/api/handbook/service/malformed", {"version": 0, "card": card})
        assert (status, answer["error"]) == (400, "bad_request")
    assert (await author.call("GET", "/api/handbook/service/malformed"))[1]["error"] == "no_such_card"


async def test_an_editor_sees_what_is_lacking_where(admin: Clerk, at: People) -> None:
    # KB-08, KB-10: what came along is an example, so nothing of it counts
    editor = await at.clerk(admin, "designer")
    country = await editor.does("GET", "/api/handbook-coverage")
    whole, *subjects = country["territories"]
    assert len(subjects) == 89
    assert (whole["subject"], whole["share"], whole["known"]["fee"]) == ("", 0, 0)
    assert len(country["gaps"]) == min(200, country["total"])
    region = await editor.does("GET", "/api/handbook-coverage?subject=77")
    assert region["territories"] == country["territories"]
    assert region["total"] == next(each["bodies"] + each["services"] for each in subjects if each["subject"] == "77") > 0
    operator = await at.clerk(admin)
    card = country["gaps"][0]
    await operator.does("POST", f"/api/handbook/{card['sort']}/{card['id']}/outdated", {"field": "title" if card["sort"] == "service" else "name"})
    assert (await editor.does("GET", "/api/outdated-times?days=1"))["raised"] >= 1


async def test_the_bodies_competent_for_a_municipality_the_nearest_first(admin: Clerk, at: People) -> None:
    # RG-02, RG-08, MU-01: and for a settlement in it; another municipality's are not among them
    clerk = await at.clerk(admin)
    everybody = await clerk.does("GET", "/api/handbook?sort=authority")
    path = "/api/handbook?sort=authority&subject=50&municipality="
    here, settlement, other = [[each["id"] for each in await clerk.does("GET", f"{path}{code}")] for code in ("46700001", "46700001106", "46799999")]
    assert here == settlement
    assert set(other) < set(here) < {each["id"] for each in everybody}
    assert not set(here[:len(here) - len(other)]) & set(other)  # what is there alone comes first
    assert (await clerk.call("GET", "/api/handbook?sort=authority&municipality=abc"))[1]["error"] == "no_such_place"
