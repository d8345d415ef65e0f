"""An outdated fee: found by an operator, corrected by the authority's answer; warned of until then (KB-07, AL-10)."""

from typing import Any

import pytest

from tests.house import Clerk, People

pytestmark = pytest.mark.demonstration

SERVICE = "/api/handbook/service/foreign-passport-10"


@pytest.fixture
async def author(admin: Clerk, at: People) -> Clerk:
    return await at.clerk(admin, "designer")


@pytest.fixture
async def boss(admin: Clerk, at: People) -> Clerk:
    return await at.clerk(admin, "supervisor")


@pytest.fixture
async def anna(admin: Clerk, at: People) -> Clerk:
    return await at.clerk(admin)


async def card(clerk: Clerk) -> dict[str, Any]:
    found: dict[str, Any] = await clerk.does("GET", SERVICE)
    return found


async def robot(at: People, question: str) -> str:
    citizen = await at.citizen()
    await citizen.line.hear("message", author="bot")
    await citizen.tell(question)
    said: str = (await citizen.line.hear("message", author="bot"))["text"]
    return said


async def test_an_outdated_fee_from_an_operators_eye_to_the_authoritys_answer(anna: Clerk, author: Clerk, boss: Clerk, at: People) -> None:
    # KB-07, AL-10
    title, old = (before := await card(anna))["title"], before["card"]["fee"]
    flag = await anna.does("POST", f"{SERVICE}/outdated", {"field": "fee", "evidence": "На портале другая сумма"})
    assert (flag["state"], flag["authority"], flag["by_name"]) == ("raised", before["card"]["authority"], anna.login.title())
    assert await anna.does("POST", f"{SERVICE}/outdated", {"field": "fee"}) == flag  # said twice is one notice
    case = await anna.does("GET", f"/api/cases/{flag['case']}")
    assert (case["case"]["kind"], case["case"]["state"], case["conversations"]) == ("outdated", "registered", [])
    assert "На портале другая сумма" in case["text"]
    assert [each["field"] for each in (await card(anna))["outdated"]] == ["fee"]
    found = await anna.does("GET", f"/api/articles?text={title}")
    assert next(each for each in found if each["id"] == "foreign-passport-10")["outdated"] == ["fee"]
    assert "Сведения уточняются" in await robot(at, f"сколько стоит {title}")

    assert (await anna.call("POST", f"/api/outdated/{flag['case']}/send"))[1]["error"] == "forbidden"
    sent = await author.does("POST", f"/api/outdated/{flag['case']}/send")
    assert (sent["state"], (await anna.does("GET", f"/api/cases/{flag['case']}"))["case"]["state"]) == ("sent", "sent")
    assert (await author.call("POST", f"/api/outdated/{flag['case']}/send"))[1]["error"] == "already_sent"

    wrong = await author.call("POST", f"/api/outdated/{flag['case']}/answer", {"answer": "Теперь 9 000", "value": {"rubles": "много"}})
    assert (wrong[0], wrong[1]["error"]) == (400, "bad_request")
    answered = await author.does("POST", f"/api/outdated/{flag['case']}/answer", {"answer": "Теперь 9 000 рублей", "value": {"rubles": 9000}})
    assert answered["state"] == "answered"
    now = await card(anna)
    assert now["card"]["fee"] == old
    assert now["draft"]["fee"] == {"rubles": 9000}
    assert now["outdated"][0]["draft"] == now["version"]

    await author.does("POST", f"{SERVICE}/check", {"version": now["version"]})
    await boss.does("POST", f"{SERVICE}/publish", {"version": now["version"]})
    after = await card(anna)
    assert after["card"]["fee"] == {"rubles": 9000}
    assert after["outdated"] == []
    assert await author.does("GET", "/api/outdated") == []
    done = await anna.does("GET", f"/api/cases/{flag['case']}")
    assert (done["case"]["state"], done["steps"][-1]["why"]) == ("answered", "Теперь 9 000 рублей")
    text = await robot(at, f"сколько стоит {title}")
    assert "уточняются" not in text
    assert "9 000 рублей" in text


async def test_what_was_right_all_along(anna: Clerk, author: Clerk) -> None:
    # KB-07
    rows = await anna.does("GET", "/api/handbook?sort=office")
    path = f"/api/handbook/office/{rows[0]['id']}"
    flag = await anna.does("POST", f"{path}/outdated", {"field": "hours"})
    assert (await author.does("GET", "/api/handbook?sort=office"))[0]["outdated"] == 1
    assert (await author.does("POST", f"/api/outdated/{flag['case']}/confirm", {"answer": "Всё верно"}))["state"] == "solved"
    assert (await anna.does("GET", path))["outdated"] == []
    assert (await author.call("POST", f"/api/outdated/{flag['case']}/confirm", {"answer": "Всё верно"}))[1]["error"] == "no_such_flag"
    assert (await anna.call("POST", f"{path}/outdated", {"field": "fee"}))[1]["error"] == "no_such_field"
    assert (await anna.call("POST", "/api/handbook/office/none/outdated", {"field": "hours"}))[1]["error"] == "no_such_card"
