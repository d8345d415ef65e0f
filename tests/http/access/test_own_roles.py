"""The centre's own roles over HTTP: the whole matrix for one of them, a second person, at once for people online, the way back (SE-01)."""

from pathlib import Path
from typing import Any

import pytest

from hub.access.operator import Role
from hub.access.permissions import PERMISSION_MATRIX, Permission
from hub.desk.rooms import ENDPOINTS
from tests.house import PASSWORD, Clerk, People
from tests.http.test_centres_apart import asked
from tests.http.test_roles import path_of
from tests.matrix import Account, hub_in

SHIFT = ["account", "read_knowledge", "serve", "hand_over", "see_all", "see_figures", "see_wallboard"]


def role(title: str, permissions: list[str], **more: Any) -> dict[str, Any]:
    return {"title": title, "base": "senior", "permissions": permissions} | more


async def made(admin: Clerk, second: Clerk, title: str, permissions: list[str]) -> dict[str, Any]:
    """In force."""
    new = await admin.does("POST", "/api/roles", role(title, permissions))
    approved: dict[str, Any] = await second.does("POST", f"/api/roles/{new['key']}/approve", {"seen": new["edit"]})
    return approved


async def with_role(at: People, admin: Clerk, login: str, key: str) -> Clerk:
    """A new person with a role of the centre."""
    body = {"login": login, "name": login.title(), "role": "operator", "own_role": key, "queues": ["general"]}
    opened = await admin.does("POST", "/api/operators", body)
    clerk = at.stranger(login)
    clerk.csrf = (await clerk.does("POST", "/api/session", {"login": login, "password": opened["one_time_password"]}))["csrf"]
    clerk.csrf = (await clerk.does("POST", "/api/password", {"old": opened["one_time_password"], "new": PASSWORD}))["csrf"]
    return clerk


@pytest.fixture
async def second(admin: Clerk, at: People) -> Clerk:
    return await at.clerk(admin, "admin")


async def test_every_endpoint_for_an_own_role(at: People, admin: Clerk, second: Clerk) -> None:
    # SE-01
    shift = await made(admin, second, "Старший смены", SHIFT)
    clerk = await with_role(at, admin, "shift", shift["key"])
    assert (await clerk.does("GET", "/api/me"))["permissions"] == sorted(SHIFT)
    for each in ENDPOINTS:
        if each.public or each.path == "/api/session":
            continue
        status, answer = await clerk.call(each.method, path_of(each), {} if each.method != "GET" else None)
        code = answer.get("error", "") if isinstance(answer, dict) else ""
        assert status < 500
        if not any(need in SHIFT for need in each.needs):
            assert (status, code) == (403, "forbidden"), (each.path, status, code)
        elif each.path not in {"/api/conversations/{conversation}", "/api/files/{file}"}:
            assert code != "forbidden", each.path


async def test_a_second_administrator_and_at_once_for_people_online(at: People, admin: Clerk, second: Clerk) -> None:
    # SE-01
    new = await admin.does("POST", "/api/roles", role("Отчёты", ["see_figures"], title_en="Reports"))
    key = new["key"]
    assert (new["current"], new["own"], new["draft"]["permissions"]) == (None, True, ["account", "see_figures"])
    early = {"login": "early", "name": "Рано", "role": "operator", "own_role": key, "queues": ["general"]}
    assert (await admin.call("POST", "/api/operators", early))[1]["error"] == "not_approved"
    assert (await admin.call("POST", f"/api/roles/{key}/approve", {"seen": new["edit"]}))[1]["error"] == "own_role"
    assert (await second.call("POST", f"/api/roles/{key}/approve", {"seen": 7}))[1]["error"] == "outdated"
    await second.does("POST", f"/api/roles/{key}/approve", {"seen": new["edit"]})
    clerk = await with_role(at, admin, "reports", key)
    line = await clerk.live()
    await line.hear("hello")
    assert (await clerk.call("GET", "/api/figures"))[0] != 403
    # What is gained waits, what is lost does not.
    wider = await admin.does("PUT", f"/api/roles/{key}", role("Отчёты", ["see_figures", "see_all"], seen=2))
    assert (wider["draft"]["permissions"], wider["current"]["version"]) == (["account", "see_all", "see_figures"], 1)
    assert "see_all" not in (await clerk.does("GET", "/api/me"))["permissions"]
    await second.does("POST", f"/api/roles/{key}/approve", {"seen": 3})
    await line.hear("account")
    assert "see_all" in (await clerk.does("GET", "/api/me"))["permissions"]
    less = await admin.does("PUT", f"/api/roles/{key}", role("Отчёты", ["see_all"], seen=4))
    assert (less["draft"], less["current"]["version"], less["holders"]) == (None, 3, [{"id": "reports", "title": "Reports"}])
    await line.hear("account")
    assert (await clerk.call("GET", "/api/figures"))[1]["error"] == "forbidden"
    # The way back gives more, so it waits; and nobody deletes what people have.
    back = await admin.does("POST", f"/api/roles/{key}/restore", {"seen": 5, "version": 1})
    assert back["draft"]["permissions"] == ["account", "see_figures"]
    assert await second.does("POST", f"/api/roles/{key}/discard", {"seen": 6})
    refused = (await admin.call("DELETE", f"/api/roles/{key}"))[1]
    assert (refused["error"], "Reports" in refused["text"]) == ("role_in_use", True)
    await admin.does("PUT", "/api/operators/reports", {"name": "Отчётов", "role": "operator", "queues": ["general"], "skills": {}, "languages": ["ru"]})
    await line.hear("account")
    assert (await admin.call("DELETE", f"/api/roles/{key}"))[0] in {200, 204}
    deeds = [each for each in await admin.does("GET", "/api/audit") if each["about"] in {"Отчёты", "reports"}]
    assert {"role_proposed", "role_approved", "role_changed", "role_discarded", "role_removed"} <= {each["what"] for each in deeds}
    lost = next(each for each in deeds if each["what"] == "role_changed")
    assert "−видеть показатели" in lost["detail"]
    assert "у кого: Reports" in lost["detail"]


async def test_nobody_gives_more_than_they_have(at: People, admin: Clerk, second: Clerk) -> None:
    # SE-01
    lesser = await made(admin, second, "Ведёт людей", ["manage_operators", "serve", "see_own_scores"])
    clerk = await with_role(at, admin, "lesser", lesser["key"])
    victim = await at.clerk(admin, "supervisor")
    account = {"name": "Новый", "role": "admin", "queues": ["general"], "skills": {}, "languages": ["ru"]}
    tries: list[tuple[str, str, Any]] = [
        ("POST", "/api/roles", role("Больше", ["settle"])), ("POST", "/api/operators", account | {"login": "more"}),
        ("POST", f"/api/operators/{victim.login}/reset", None), ("POST", f"/api/operators/{victim.login}/deactivate", None),
        ("POST", f"/api/operators/{victim.login}/security/reset", None), ("PUT", f"/api/operators/{victim.login}", account | {"role": "operator"}),
        ("POST", "/api/limits", {"logins": [victim.login], "limit": {"chats": 1}}),
        ("POST", "/api/services", {"name": "more", "role": "admin", "scopes": ["edit_dialogues"]})]
    for method, path, body in tries:
        assert (await clerk.call(method, path, body))[1]["error"] == "more_than_yours", path
    assert (await clerk.call("PUT", f"/api/roles/{lesser['key']}", role("Ведёт людей", ["manage_operators"], seen=lesser["edit"])))[1]["error"] == "yourself"
    assert (await clerk.call("PUT", "/api/operators/lesser", account | {"role": "admin"}))[1]["error"] == "yourself"


async def test_names_are_taken_once_and_every_permission_is_told(admin: Clerk, second: Clerk) -> None:
    await made(admin, second, "Ночная смена", ["serve"])
    assert (await admin.call("POST", "/api/roles", role("ночная  Смена", ["serve"])))[1]["error"] == "exists"
    assert (await admin.call("POST", "/api/roles", role("Табло", ["serve"], base="wall")))[1]["error"] == "bad_role"
    table = await admin.does("GET", "/api/access")
    assert {each["permission"] for each in table} == set(PERMISSION_MATRIX)
    assert Permission.MANAGE_OPERATORS in {each["permission"] for each in table if each["dangerous"]}


async def test_another_centre_neither_sees_nor_gives_nor_changes_them(tmp_path: Path) -> None:
    # SE-01, SE-05
    region, city = Account(Role.ADMIN, "Р", ""), Account(Role.ADMIN, "М", "")
    async with hub_in(tmp_path) as hub, hub.desk(region) as here, hub.desk(city) as there:
        new = await asked(here, "/api/roles", role("Старший смены", ["serve"]))
        key = new["key"]
        assert [each["key"] for each in await asked(here, "/api/roles")] == [key]
        assert await asked(there, "/api/roles") == []
        for method, path, body in (
                ("PUT", f"/api/roles/{key}", role("Подмена", ["serve"], seen=1)), ("POST", f"/api/roles/{key}/approve", {"seen": 1}),
                ("POST", f"/api/roles/{key}/discard", {"seen": 1}), ("POST", f"/api/roles/{key}/restore", {"seen": 1, "version": 1}),
                ("DELETE", f"/api/roles/{key}", None)):
            assert (await asked(there, path, body, method))["error"] == "no_such_role", path
        foreign = {"login": "foreign", "name": "Чужой", "role": "operator", "own_role": key, "queues": ["city"]}
        assert (await asked(there, "/api/operators", foreign))["error"] == "no_such_role"
        assert await asked(there, "/api/roles", role("Старший смены", ["serve"]))  # each centre has its own names
