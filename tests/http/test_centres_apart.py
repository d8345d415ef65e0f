"""What one centre of a hub sees of another, and a contractor of citizens: lists, the archive, the live socket, accounts (SE-01, SE-05, FD-04, LV-07)."""

import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from hub.access.operator import Role
from tests.channels.line import Line
from tests.matrix import BLIND, SEEING, Account, Hub, hub_in

REGION, CITY, COUNTRY = (Account(Role.SUPERVISOR, level, "") for level in "РМФ")
ADMIN = Account(Role.ADMIN, "Р", "")
TOLD = "Мой номер +7 916 123-45-21"


@pytest.fixture
async def hub(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Hub]:
    async with hub_in(tmp_path_factory.mktemp("three")) as there:
        yield there


async def asked(http: aiohttp.ClientSession, path: str, body: object = None, method: str = "") -> Any:
    async with http.request(method or ("POST" if body is not None else "GET"), path, json=body) as answer:
        return json.loads(await answer.read())


async def numbers(http: aiohttp.ClientSession, view: str) -> set[int]:
    return {int(each["id"]) for each in (await asked(http, f"/api/inbox?view={view}"))["conversations"]}


@pytest.mark.parametrize("who", [REGION, CITY, COUNTRY], ids=["regional", "municipal", "federal"])
async def test_lists_hold_ones_own_centre_alone(hub: Hub, who: Account) -> None:
    # SE-01, SE-05, FD-04
    own = {hub.waiting[who.level]}
    async with hub.desk(who) as http:
        assert await numbers(http, "waiting") == own
        assert await numbers(http, "recent") == own | {hub.over[who.level]}
        found = await asked(http, "/api/search?text=номер")
        if who is COUNTRY:
            assert found["error"] == "federal"
        else:
            assert {int(each["conversation"]["id"]) for each in found["hits"]} == own | {hub.over[who.level]}


async def test_a_refusal_names_who_does_it_instead(hub: Hub) -> None:
    # SE-05, FD-04: with a route
    async with hub.desk(REGION) as http:
        assert "линия — «Город»" in (await asked(http, f"/api/conversations/{hub.waiting['М']}"))["text"]
    async with hub.desk(COUNTRY) as http:
        assert "передайте обращение центру этого места" in (await asked(http, f"/api/conversations/{hub.waiting['Ф']}/history"))["text"]
    async with hub.desk(Account(Role.SENIOR, "Р", BLIND)) as http:
        assert "Передайте обращение сотрудникам центра" in (await asked(http, f"/api/conversations/{hub.waiting['Р']}/history"))["text"]


async def test_the_socket_tells_of_ones_own_centre_alone(hub: Hub) -> None:
    # SE-01, SE-05
    async with hub.desk(REGION) as here, hub.desk(CITY) as there, here.ws_connect("/api/socket") as one, there.ws_connect("/api/socket") as other:
        lines = Line(one), Line(other)
        for line in lines:
            await line.hear("hello")
        await asked(there, f"/api/conversations/{hub.waiting['М']}/take", {})
        assert (await lines[1].hear("conversation"))["conversation"]["name"] == "Иван Петров"
        await asked(here, f"/api/conversations/{hub.waiting['Р']}/take", {})
        await lines[0].hear("conversation", gone=False)
        told = [frame for line in lines[:1] for frame in line.unheard if frame["type"] in {"conversation", "entry", "presence"}]
        assert not [frame for frame in told if str(hub.waiting["М"]) == frame.get("conversation", {}).get("id")]


@pytest.mark.parametrize(("contractor", "name", "text"), [(SEEING, "Иван Петров", TOLD), (BLIND, "", "Мой номер •••21")], ids=["seeing", "blind"])
async def test_a_contractor_sees_who_it_is_only_where_the_contract_says_so(hub: Hub, contractor: str, name: str, text: str) -> None:
    # LV-07, SE-03: in rows, the timeline and the live socket
    who, number = Account(Role.OPERATOR, "Р", contractor), hub.waiting["Р"]
    async with hub.desk(who) as http, http.ws_connect("/api/socket") as socket:
        line = Line(socket)
        await line.hear("hello")
        taken = await asked(http, f"/api/conversations/{number}/take", {})
        rows = [taken["conversation"], (await line.hear("conversation"))["conversation"], (await asked(http, "/api/inbox"))["conversations"][0]]
        assert [(row["name"], row["last_text"]) for row in rows] == [(name, text)] * 3
        assert [(each["name"], each["text"]) for each in taken["entries"] if each["author"] == "citizen"] == [(name, text)]
        await line.send(type="watch", conversation=str(number))
        written = await asked(http, f"/api/conversations/{number}/note", {"key": "k", "text": "Перезвонить: +7 916 765-43-21"})
        shown = "Перезвонить: +7 916 765-43-21" if contractor == SEEING else "Перезвонить: •••21"
        assert (written["text"], (await line.hear("entry"))["entry"]["text"]) == (shown, shown)


async def test_an_administrator_keeps_the_accounts_of_his_own_centre(hub: Hub) -> None:
    # SE-01
    other = Account(Role.OPERATOR, "М", "").login
    account = {"name": "Анна", "role": "operator", "queues": ["region"], "skills": {}, "languages": ["ru"]}
    async with hub.desk(ADMIN) as http:
        assert {"region"} == {queue for each in await asked(http, "/api/operators") for queue in each["queues"]}
        for path, body, method in ((f"/{other}", account, "PUT"), (f"/{other}/reset", {}, "POST"), (f"/{other}/deactivate", {}, "POST"),
                                   (f"/{other}/sessions/end", {}, "POST"), (f"/{other}/security/reset", {}, "POST"),
                                   ("", account | {"login": "new", "queues": ["city"]}, "POST")):
            assert (await asked(http, f"/api/operators{path}", body, method))["error"] == "forbidden", path
        colleagues = await asked(http, "/api/colleagues")
        assert all("region" in each["queues"] for each in colleagues)


async def test_the_audit_is_of_ones_own_centre(hub: Hub) -> None:
    # SE-01, SE-05: whom another centre searched for is its own affair
    here, there = Account(Role.ADMIN, "Р", ""), Account(Role.ADMIN, "М", "")
    async with hub.desk(here) as http, hub.desk(there) as other:
        await asked(other, "/api/search?text=номер")
        assert {each["by"] for each in await asked(other, "/api/audit")} == {there.login}
        assert there.login not in {each["by"] for each in await asked(http, "/api/audit")}


async def test_a_contractors_employee_gets_an_account(hub: Hub) -> None:
    # LV-07, SE-01: only of a contractor with a contract in force; what changed is in the audit, and counts at once
    account: dict[str, Any] = {"name": "Анна", "role": "operator", "queues": ["region"], "skills": {}, "languages": ["ru"]}
    async with hub.desk(ADMIN) as http:
        assert (await asked(http, "/api/me"))["contractors"] == sorted((BLIND, SEEING))
        opened = await asked(http, "/api/operators", account | {"login": "anna", "contractor": SEEING, "functions": ["information", "callbacks"]})
        assert (opened["operator"]["contractor"], opened["operator"]["functions"]) == (SEEING, ["information", "callbacks"])
        assert (await asked(http, "/api/operators/anna", account | {"contractor": "Никто"}, "PUT"))["error"] == "no_such_contractor"
        assert (await asked(http, "/api/operators/anna", account | {"functions": ["knitting"]}, "PUT"))["error"] == "bad_request"
        changed = await asked(http, "/api/operators/anna", account | {"functions": ["booking"]}, "PUT")
        assert (changed["contractor"], changed["functions"]) == ("", [])
        told = next(each["detail"] for each in await asked(http, "/api/audit") if (each["what"], each["about"]) == ("operator_changed", "anna"))
        assert told == f"подрядчик: {SEEING} → нет; функции: −callbacks, −information"
