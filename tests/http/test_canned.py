"""Ready replies: own ones are one's own, shared ones are of whoever serves their lines, and two never stand under one short name."""

from typing import Any

import pytest

from tests.house import Clerk, People
from tests.http.test_lists import told
from tests.http.test_work import in_line

Body = dict[str, Any]
PATH = "/api/canned"


def body(title: str = "Привет", text: str = "Здравствуйте, {имя}!", *, version: int = 0, sign: str = "", queues: tuple[str, ...] = ()) -> Body:
    return {"version": version, "title": title, "text": text, "sign": sign, "queues": list(queues)}


async def titles(of: Clerk) -> list[str]:
    return [each["title"] for each in await of.does("GET", PATH)]


@pytest.fixture
async def senior(admin: Clerk, at: People) -> Clerk:
    return await at.clerk(admin, "senior")


async def test_own_ones_are_seen_by_nobody_else(admin: Clerk, senior: Clerk, at: People) -> None:  # KB-01, SE-01
    anna, boris = await at.clerk(admin), await at.clerk(admin)
    mine = await anna.does("PUT", f"{PATH}/hello", body(sign="Привет"))
    assert (mine["own"], mine["mine"], mine["sign"], mine["version"]) == (True, True, "привет", 1)
    for other in (boris, senior, admin):
        assert "Привет" not in await titles(other)
        assert (await other.call("PUT", f"{PATH}/hello", body("Чужое", version=1)))[1]["error"] == "no_such_canned"
        assert (await other.call("DELETE", f"{PATH}/hello?version=1"))[1]["error"] == "no_such_canned"
    assert await anna.does("PUT", f"{PATH}/hello", body(sign="Привет")) == mine  # said twice it is done once
    await anna.does("DELETE", f"{PATH}/hello?version=1")
    await anna.does("DELETE", f"{PATH}/hello?version=1")
    assert "Привет" not in await titles(anna)


async def test_a_fresh_hub_has_some_that_seniors_change_and_drop(admin: Clerk, senior: Clerk, at: People) -> None:  # KB-01
    anna = await at.clerk(admin)
    first = await anna.does("GET", PATH)
    assert len(first) >= 12
    assert all(each["text"] and each["sign"] and not each["own"] and not each["mine"] for each in first)
    fee = next(each for each in first if each["sign"] == "мфц")
    changed = body(fee["title"], "МФЦ на Советской, 1", version=1, sign="мфц", queues=tuple(fee["queues"]))
    await senior.does("PUT", f"{PATH}/{fee['id']}", changed)
    assert "МФЦ на Советской, 1" in [each["text"] for each in await anna.does("GET", PATH)]
    await senior.does("DELETE", f"{PATH}/{fee['id']}?version=2")
    assert len(await anna.does("GET", PATH)) == len(first) - 1


async def test_shared_ones_are_written_by_seniors_and_audited(admin: Clerk, senior: Clerk, at: People) -> None:  # KB-01, SE-01
    anna = await at.clerk(admin)
    assert (await anna.call("PUT", f"{PATH}/fee", body("Пошлина", queues=("general",))))[1]["error"] == "forbidden"
    shared = await senior.does("PUT", f"{PATH}/fee", body("Пошлина", queues=("general",)))
    seen = next(each for each in await anna.does("GET", PATH) if each["id"] == "fee")
    assert (seen["own"], seen["mine"], seen["written_name"]) == (False, False, shared["written_name"])
    assert (await anna.call("DELETE", f"{PATH}/fee?version=1"))[1]["error"] == "forbidden"
    assert (await senior.call("PUT", f"{PATH}/fee", body("Сбор", version=7, queues=("general",))))[1]["error"] == "other_version"
    await senior.does("DELETE", f"{PATH}/fee?version=1")
    audit_entries = [audit_entry["what"] for audit_entry in await admin.does("GET", "/api/audit") if audit_entry["about"] == "fee"]
    assert audit_entries == ["canned_dropped", "canned"]


@pytest.mark.parametrize(("change", "code"), [
    ({"text": "{пароль}"}, "unknown_field"), ({"sign": "два слова"}, "bad_sign"), ({"title": " "}, "empty"), ({"text": "x" * 4001}, "bad_request"),
    ({"queues": ["nowhere"]}, "no_such_queue"), ({"version": 3}, "other_version"), ({"sign": "занято"}, "sign_taken"),
    ({"text": ""}, "empty"), ({"note": "{пароль}"}, "unknown_field"), ({"then_queue": "general", "then_topic": "other"}, "two_ends"),
    ({"then_queue": "nowhere"}, "no_such_queue"), ({"then_topic": "nothing"}, "no_such_topic")])
async def test_what_could_not_be_filled_or_found_is_refused(admin: Clerk, at: People, change: Body, code: str) -> None:  # KB-01
    anna = await at.clerk(admin)
    await anna.does("PUT", f"{PATH}/{anna.login}", body("Первая", sign="занято"))
    assert (await anna.call("PUT", f"{PATH}/{anna.login}-2", body() | change))[1]["error"] == code
    assert [each["title"] for each in await anna.does("GET", PATH) if each["own"]] == ["Первая"]
    await anna.does("PUT", f"{PATH}/{anna.login}-2", body("Вторая", sign="свободно"))


async def test_an_own_one_is_told_of_to_its_owner_alone(admin: Clerk, senior: Clerk, at: People) -> None:  # SE-01
    anna, boris = await at.clerk(admin), await at.clerk(admin)
    mine, other = await anna.live(), await boris.live()
    for each in (mine, other):
        await each.hear("hello")
    await anna.does("PUT", f"{PATH}/own", body("Личная"))
    assert (await mine.hear("lists"))["names"] == ["canned"]
    await at.stranger(boris.login).sign_in()
    assert await told(other, "security") == {"security"}
    await senior.does("PUT", f"{PATH}/ours", body("Общая", queues=("general",)))
    assert await told(other, "canned") == {"canned"}
    for each in (mine, other):
        await each.close()


async def test_a_macro_is_run_as_it_was_seen(admin: Clerk, at: People) -> None:  # KB-01, SE-01
    anna, boris = await at.clerk(admin), await at.clerk(admin)
    citizen = await in_line(at)
    path = f"/api/conversations/{citizen.conversation}/macro"
    await anna.does("POST", f"/api/conversations/{citizen.conversation}/take")
    seen = await anna.does("PUT", f"{PATH}/bye", body("Прощание", "До свидания, {имя}!") | {"note": "Решено", "then_topic": "other"})
    assert (seen["macro"], seen["then_topic"]) == (True, "other")
    wish = {"key": "k", "macro": "bye", "version": 1, "text": "До свидания!", "note": "Решено"}
    assert (await boris.call("POST", path, wish))[1]["error"] == "no_such_canned"
    for wrong in ({"version": 2}, {"text": " "}):
        assert (await anna.call("POST", path, wish | wrong))[1]["error"] == "other_version"
    await anna.does("POST", path, wish)
    await citizen.line.hear("message", author="operator", text="До свидания!")
    await citizen.line.hear("state", holder="closed")
