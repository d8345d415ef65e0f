"""What an administrator changes of an account counts at once: for the router, for requests, and on desks that are open (CH-08, SE-01)."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from hub.access.operator import Role
from hub.access.permissions import PERMISSION_MATRIX, Permission
from tests.house import ADMIN, PASSWORD, Citizen, Clerk, House, Line, People, house_in

CENTRE = """queues = [{ id = "general", title = "Общая" }, { id = "passports", title = "Паспорта", skills = { passports = 3 } }]
topics = [{ id = "other", title = "Другое" }]
"""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A hub with a line that asks for a skill."""
    folder = tmp_path_factory.mktemp("house")
    (folder / "okno.toml").write_text(CENTRE, encoding="utf8")
    with house_in(folder, folder / "okno.toml") as running:
        yield running


def account(clerk: Clerk, **changed: Any) -> dict[str, Any]:
    usual = {"name": clerk.login.title(), "role": "operator", "queues": ["general"], "skills": {}, "languages": ["ru"]}
    return usual | changed


async def change(admin: Clerk, clerk: Clerk, **changed: Any) -> Any:
    return await admin.does("PUT", f"/api/operators/{clerk.login}", account(clerk, **changed))


async def in_line(at: People, admin: Clerk, queue: str = "general") -> Citizen:
    citizen = await at.citizen()
    await citizen.tell("позовите оператора")
    await citizen.line.hear("state", holder="queue")
    if queue != "general":
        await admin.does("POST", f"/api/conversations/{citizen.conversation}/transfer", {"queue": queue})
    return citizen


async def ready(clerk: Clerk) -> Line:
    line = await clerk.live()
    await line.hear("hello")
    await clerk.does("PUT", "/api/presence", {"presence": "ready"})
    return line


async def heard_out(line: Line) -> None:
    """The hub has done what it was sent before, and all that it had to say by then has come."""
    await line.send(type="watch", conversation="not a number")
    await line.hear("error", code="bad_frame")


async def away(admin: Clerk, *clerks: Clerk, citizens: tuple[Citizen, ...] = ()) -> None:
    """The next test has the hub for itself."""
    for clerk in clerks:
        await clerk.does("PUT", "/api/presence", {"presence": "offline"})
    for citizen in citizens:
        await admin.does("POST", f"/api/conversations/{citizen.conversation}/close", {"topic": "other"})


async def test_a_skill_that_is_learnt_brings_what_asks_for_it(at: People, admin: Clerk) -> None:
    # CH-08
    anna = await at.clerk(admin, queues=())
    line = await ready(anna)
    citizen = await in_line(at, admin, "passports")
    # Serving the line is not enough until 15 s are over; the level that is asked for is, at once.
    assert (await change(admin, anna, queues=["passports"]))["load"] == 0
    assert (await change(admin, anna, queues=["passports"], skills={"passports": 3}))["load"] == 25
    assert (await line.hear("offer"))["conversation"]["id"] == citizen.conversation
    await away(admin, anna, citizens=(citizen,))


async def test_an_offer_that_no_longer_fits_goes_to_somebody_else(at: People, admin: Clerk) -> None:
    # CH-08
    anna, boris = await at.clerk(admin), await at.clerk(admin)
    line = await ready(anna)
    citizen = await in_line(at, admin)
    await line.hear("offer")
    other = await ready(boris)
    await change(admin, anna, queues=["passports"])
    assert (await line.hear("offer_gone"))["how"] == "rescinded"
    assert (await other.hear("offer"))["conversation"]["id"] == citizen.conversation
    assert (await anna.act(citizen.conversation, "take"))[1]["error"] == "forbidden"
    await away(admin, anna, boris, citizens=(citizen,))


async def test_fields_that_are_none_of_a_request_change_nothing(at: People, admin: Clerk) -> None:
    # SE-01: mass assignment, ASVS 5.0 15.3.3
    more = {"password": PASSWORD, "one_time": False, "active": True, "subject": "1", "granted": ["x"], "one_time_until": None}
    body = {"login": "many", "name": "Много", "role": "operator", "queues": ["general"]} | more
    opened = await admin.does("POST", "/api/operators", body)
    assert (await at.stranger().call("POST", "/api/session", {"login": "many", "password": PASSWORD}))[0] == 401
    many = at.stranger("many")
    many.csrf = (await many.does("POST", "/api/session", {"login": "many", "password": opened["one_time_password"]}))["csrf"]
    changed = await many.does("POST", "/api/password", {"old": opened["one_time_password"], "new": PASSWORD, "role": "admin", "queues": [], "login": ADMIN})
    assert (changed["login"], changed["role"], changed["queues"]) == ("many", "operator", ["general"])


async def test_what_one_may_follows_the_role_at_once(at: People, admin: Clerk) -> None:
    # SE-01
    anna = await at.clerk(admin)
    line = await anna.live()
    await line.hear("hello")
    citizen = await in_line(at, admin, "passports")
    assert (await anna.act(citizen.conversation, "close", {"topic": "other"}))[0] == 403
    await change(admin, anna, role="supervisor")
    await line.hear("account")
    assert (await anna.does("GET", "/api/me"))["permissions"] == sorted(each for each in Permission if Role.SUPERVISOR in PERMISSION_MATRIX[each].roles)
    await citizen.tell("ещё здесь")
    assert (await line.hear("conversation"))["conversation"]["id"] == citizen.conversation
    await anna.does("GET", f"/api/conversations/{citizen.conversation}")
    await line.send(type="watch", conversation=citizen.conversation)
    await heard_out(line)
    await citizen.tell("и ещё")
    while (await line.hear("entry"))["entry"]["text"] != "и ещё":
        pass
    await change(admin, anna)
    await line.hear("account")
    assert (await anna.call("GET", f"/api/conversations/{citizen.conversation}"))[0] == 403
    await citizen.tell("это уже не для неё")
    await heard_out(line)
    assert not [frame for frame in line.unheard if frame["type"] == "entry"]
    await away(admin, citizens=(citizen,))


async def test_who_serves_no_more_gives_back_what_he_held(at: People, admin: Clerk) -> None:
    # CH-09, SE-01
    anna = await at.clerk(admin)
    line = await ready(anna)
    citizen = await in_line(at, admin)
    await line.hear("offer")
    await anna.does("POST", f"/api/conversations/{citizen.conversation}/accept")
    await citizen.line.hear("state", holder="operator")
    await change(admin, anna, queues=["passports"])
    await citizen.line.close()
    await citizen.connect()
    await citizen.line.hear("state", holder="operator")  # another line of work does not end a talk
    assert (await change(admin, anna, role="designer"))["presence"] == "offline"
    await citizen.line.hear("state", holder="queue")
    assert (await anna.call("PUT", "/api/presence", {"presence": "ready"}))[1]["error"] == "forbidden"
    await away(admin, citizens=(citizen,))


async def test_a_change_is_told_in_the_audit_and_none_is_not(at: People, admin: Clerk) -> None:
    # SE-01
    anna = await at.clerk(admin)
    changed = await change(admin, anna, name="Анна", role="senior", queues=["passports"], skills={"passports": 2}, languages=["ru", "tt"])
    assert (changed["name"], changed["skills"], changed["languages"]) == ("Анна", {"passports": 2}, ["ru", "tt"])
    assert changed in await admin.does("GET", "/api/operators")
    await change(admin, anna, name="Анна", role="senior", queues=["passports"], skills={"passports": 2}, languages=["tt", "ru", "tt"])
    told = [d["detail"] for d in await admin.does("GET", "/api/audit") if (d["what"], d["about"]) == ("operator_changed", anna.login)]
    assert told == [f"имя: {anna.login.title()} → Анна; роль: operator → senior; очереди: +passports, −general; навыки: +passports 2; языки: +tt"]


async def test_two_changes_at_once_are_both_there(at: People, admin: Clerk) -> None:
    # SE-01
    anna = await at.clerk(admin)
    other = "another long enough password"
    await asyncio.gather(anna.does("POST", "/api/password", {"old": PASSWORD, "new": other}), change(admin, anna, role="senior"))
    again = at.stranger(anna.login)
    assert (await (await again.sign_in(other)).does("GET", "/api/me"))["role"] == "senior"


@pytest.mark.parametrize(("changed", "code"), [
    ({"queues": ["none"]}, "no_such_queue"), ({"skills": {"knitting": 3}}, "no_such_skill"), ({"skills": {"queue:passports": 1}}, "no_such_skill"),
    ({"skills": {"passports": 0}}, "bad_request"), ({"skills": {"passports": 10}}, "bad_request"), ({"languages": []}, "bad_request"),
    ({"languages": ["Русский"]}, "bad_request"), ({"languages": ["r"]}, "bad_request"), ({"name": ""}, "bad_request"), ({"role": "tsar"}, "bad_request")])
async def test_what_cannot_be_changes_nothing(at: People, admin: Clerk, changed: dict[str, Any], code: str) -> None:
    # CH-08
    anna = await at.clerk(admin)
    before = await admin.does("GET", "/api/operators")
    assert (await admin.call("PUT", f"/api/operators/{anna.login}", account(anna, **changed)))[1]["error"] == code
    opens = {"login": "another"} | account(anna, **changed)
    assert (await admin.call("POST", "/api/operators", opens))[1]["error"] == code
    assert await admin.does("GET", "/api/operators") == before


async def test_nobody_changes_his_own_role_or_who_is_not_there(admin: Clerk) -> None:
    # SE-01
    own = account(admin, role="admin", queues=["general", "passports"])
    assert (await admin.call("PUT", "/api/operators/admin", own | {"role": "supervisor"}))[1]["error"] == "yourself"
    assert (await admin.does("PUT", "/api/operators/admin", own | {"skills": {"passports": 9}}))["role"] == "admin"
    status, answer = await admin.call("PUT", "/api/operators/nobody", own)
    assert (status, answer["error"]) == (404, "no_such_operator")


async def test_an_account_is_opened_with_all_it_has(at: People, admin: Clerk) -> None:
    # CH-08
    opened = await admin.does("POST", "/api/operators", {"login": "gleb", "name": "Глеб", "role": "operator", "queues": ["passports"],
                                                         "skills": {"passports": 5}, "languages": ["ru", "en"]})
    assert (opened["operator"]["skills"], opened["operator"]["languages"]) == ({"passports": 5}, ["ru", "en"])
    assert (await admin.does("GET", "/api/me"))["all_skills"] == ["passports"]
