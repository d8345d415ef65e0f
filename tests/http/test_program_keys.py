"""What a program's key cannot do, whoever made it and whenever: keep accounts, outlive its maker (F4 and F7 of the security review; SE-01)."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import aiohttp
import msgspec
import pytest

from hub.access.operator import Operator, Role
from hub.access.permissions import Permission
from hub.access.service_accounts import SCOPES, ServiceKey, digest_of
from hub.desk.rooms import ENDPOINTS
from tests.http.test_roles import path_of
from tests.matrix import NOW, Account, Hub, hub_in

RULES = """
[oidc]
rules = [{ value = "chief", role = "supervisor", queues = ["region"] }, { value = "root", role = "admin", queues = ["region"] }]
"""
MAKER, SECOND, ELSEWHERE = Account(Role.ADMIN, "Р", ""), "second", Account(Role.ADMIN, "М", "")
OPERATOR = Account(Role.OPERATOR, "Р", "").login
KEY = "okno_" + "k" * 43


@pytest.fixture
async def hub(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Hub]:
    async with hub_in(tmp_path_factory.mktemp("keys"), RULES) as there:
        await there.admit(Operator(SECOND, "Вторая", Role.ADMIN, ("region",)))
        yield there


def stored(*scopes: str, by: str = MAKER.login, name: str = "directory") -> dict[str, Any]:
    """A key as a hub of any version has stored it."""
    return {"type": "service_key", "digest": digest_of(KEY), "name": name, "role": "admin", "queues": ["region"], "scopes": scopes,
            "by": by, "at": NOW, "until": NOW + timedelta(days=90)}


async def put(hub: Hub, *scopes: str, by: str = MAKER.login) -> None:
    await hub.store.put(msgspec.json.decode(msgspec.json.encode(stored(*scopes, by=by)), type=ServiceKey))


async def by_key(hub: Hub, method: str, path: str, body: object = None, key: str = KEY) -> tuple[int, str]:
    """Status and code of a program's request."""
    headers = {"Authorization": f"Bearer {key}"}
    async with aiohttp.ClientSession(hub.address) as http, http.request(method, path, json=body, headers=headers) as answer:
        content = await answer.read()
        said = msgspec.json.decode(content) if "json" in answer.content_type else {}
        return answer.status, (said.get("error") or said.get("detail", "").partition(":")[0]) if isinstance(said, dict) else ""


async def by_person(hub: Hub, who: str, method: str, path: str, body: object = None) -> tuple[int, Any]:
    headers = {"Cookie": f"okno={who}", "X-CSRF-Token": "csrf", "Origin": hub.address}
    async with (aiohttp.ClientSession(hub.address, headers=headers, cookie_jar=aiohttp.DummyCookieJar()) as http,
                http.request(method, path, json=body if body is not None or method == "GET" else {}) as answer):
        return answer.status, msgspec.json.decode(await answer.read() or b"{}")


def user(login: str, *roles: str, **more: Any) -> dict[str, Any]:
    return {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": login, "externalId": login, "displayName": login,
            "active": True, "roles": [{"value": role} for role in roles]} | more


def changed(path: str, value: object) -> dict[str, Any]:
    return {"Operations": [{"op": "replace", "path": path, "value": value}]}


@pytest.mark.parametrize("scope", [Permission.PROVISION, Permission.MANAGE_OPERATORS])
async def test_a_provisioning_key_opens_scim_and_nothing_else(hub: Hub, scope: str) -> None:
    # F4: also the key of a hub of before, which could keep accounts
    await put(hub, scope)
    for each in ENDPOINTS:
        if not each.public:
            status, code = await by_key(hub, each.method, path_of(each), None if each.method == "GET" else {})
            assert (code == "forbidden") is not each.path.startswith("/scim/v2/"), (each.method, each.path, status, code)


async def test_no_scope_gives_passwords_or_takes_factors_away(hub: Hub) -> None:
    # F4: whatever a stored key claims, it opens what programs may have and not a call more
    await put(hub, *(each.value for each in Permission))
    for each in ENDPOINTS:
        if not each.public and SCOPES.isdisjoint(each.needs):
            status, code = await by_key(hub, each.method, path_of(each), None if each.method == "GET" else {})
            assert (status, code) == (403, "forbidden"), (each.method, each.path)


async def test_a_key_of_before_is_read_and_told_of(hub: Hub) -> None:
    # F4: migration
    await put(hub, "manage_operators", "search")
    assert (await by_key(hub, "GET", "/scim/v2/Users"))[0] == 200
    assert (await by_key(hub, "GET", "/api/search?text=x"))[0] == 200
    assert await by_key(hub, "GET", "/api/operators") == (403, "forbidden")
    (told,) = (await by_person(hub, MAKER.login, "GET", "/api/services"))[1]
    assert (told["scopes"], told["opens"], told["narrowed"]) == (["manage_operators", "search"], ["provision_accounts", "search"], True)


async def test_no_key_makes_an_administrator(hub: Hub) -> None:
    # F4: not even where the rules of the directory would
    await put(hub, "provision_accounts")
    assert await by_key(hub, "POST", "/scim/v2/Users", user("mallory", "root")) == (403, "forbidden")
    assert (await by_key(hub, "POST", "/scim/v2/Users", user("vera", "chief")))[0] == 201
    assert await by_key(hub, "PATCH", "/scim/v2/Users/vera", changed("roles", [{"value": "root"}])) == (403, "forbidden")
    await hub.admit(Operator("boss", "Начальник", Role.ADMIN, ("region",), subject="boss", granted=("root",)))
    for path, value in (("displayName", "Другой"), ("externalId", "mallory")):
        assert await by_key(hub, "PATCH", "/scim/v2/Users/boss", changed(path, value)) == (403, "forbidden"), path
    assert (await by_key(hub, "PATCH", "/scim/v2/Users/boss", changed("active", False)))[0] == 200
    assert await by_key(hub, "PATCH", "/scim/v2/Users/boss", changed("active", True)) == (403, "forbidden")


async def test_no_key_changes_its_maker(hub: Hub) -> None:
    # F4: a leaver's account may be closed by it, and that is the end of both
    await hub.admit(Operator("boss", "Начальник", Role.ADMIN, ("region",), subject="boss", granted=("root",)))
    await put(hub, "provision_accounts", by="boss")
    for path, value in (("displayName", "Другой"), ("roles", [{"value": "chief"}])):
        assert await by_key(hub, "PATCH", "/scim/v2/Users/boss", changed(path, value)) == (403, "forbidden"), path
    assert (await by_key(hub, "DELETE", "/scim/v2/Users/boss"))[0] == 204
    assert await by_key(hub, "GET", "/scim/v2/Users") == (401, "not_signed_in")


async def made(hub: Hub, by: str = MAKER.login, name: str = "reports") -> str:
    """A new key's words."""
    body = {"name": name, "role": "supervisor", "scopes": ["search"], "queues": ["region"]}
    status, told = await by_person(hub, by, "POST", "/api/services", body)
    assert status == 200, told
    return str(told["key"])


ACCOUNT = {"name": "Вторая", "role": "admin", "queues": ["region"], "skills": {}, "languages": ["ru"]}


@pytest.mark.parametrize("how", ["deactivated", "demoted", "moved", "scim"])
async def test_a_key_ends_with_its_maker(hub: Hub, how: str) -> None:
    # F7: and does not come back with him
    login = SECOND if how != "scim" else "boss"
    if how == "scim":
        await hub.admit(Operator("boss", "Начальник", Role.ADMIN, ("region",), subject="boss", granted=("root",)))
        await put(hub, "provision_accounts")
    key = await made(hub, login)
    assert (await by_key(hub, "GET", "/api/search?text=x", key=key))[0] == 200
    match how:
        case "deactivated":
            assert (await by_person(hub, MAKER.login, "POST", f"/api/operators/{login}/deactivate"))[0] == 200
        case "demoted":
            assert (await by_person(hub, MAKER.login, "PUT", f"/api/operators/{login}", ACCOUNT | {"role": "supervisor"}))[0] == 200
        case "moved":
            await hub.admit(Operator("both", "Обе", Role.ADMIN, ("region", "city")))
            assert (await by_person(hub, "both", "PUT", f"/api/operators/{login}", ACCOUNT | {"queues": ["city"]}))[0] == 200
        case _:
            assert (await by_key(hub, "DELETE", f"/scim/v2/Users/{login}"))[0] == 204
    assert await by_key(hub, "GET", "/api/search?text=x", key=key) == (401, "not_signed_in")
    if how == "demoted":
        assert (await by_person(hub, MAKER.login, "PUT", f"/api/operators/{login}", ACCOUNT))[0] == 200
        assert await by_key(hub, "GET", "/api/search?text=x", key=key) == (401, "not_signed_in")
    assert ("service_revoked", "reports") in {(audit_entry.what, audit_entry.about) for _, audit_entry in await hub.store.audit_entries()}


async def test_a_maker_who_is_gone_is_seen_at_use(hub: Hub) -> None:
    # F7: whatever way the account was closed
    key = await made(hub, SECOND)
    assert (await by_key(hub, "GET", "/api/search?text=x", key=key))[0] == 200
    known = await hub.store.get(Operator, SECOND)
    assert known is not None
    await hub.store.put(msgspec.structs.replace(known, active=False))
    assert await by_key(hub, "GET", "/api/search?text=x", key=key) == (401, "not_signed_in")


async def test_a_second_person_takes_a_key_over(hub: Hub) -> None:
    # F7
    key = await made(hub, SECOND)
    assert (await by_person(hub, SECOND, "POST", "/api/services/reports/take"))[1]["error"] == "yourself"
    assert (await by_person(hub, ELSEWHERE.login, "POST", "/api/services/reports/take"))[1]["error"] == "no_service"
    assert await by_key(hub, "POST", "/api/services/reports/take", {}, key) == (403, "forbidden")
    status, told = await by_person(hub, MAKER.login, "POST", "/api/services/reports/take")
    assert (status, told["by"]) == (200, MAKER.login)
    assert (await by_person(hub, MAKER.login, "POST", f"/api/operators/{SECOND}/deactivate"))[0] == 200
    assert (await by_key(hub, "GET", "/api/search?text=x", key=key))[0] == 200
    (audit_entry,) = [audit_entry for audit_entry in (await by_person(hub, MAKER.login, "GET", "/api/audit"))[1] if audit_entry["what"] == "service_taken_over"]
    assert (audit_entry["by"], audit_entry["about"]) == (MAKER.login, "reports")
    assert SECOND in audit_entry["detail"]


async def test_the_envelope_makes_no_keys(hub: Hub) -> None:
    # F7: what it opens is open for an hour
    await hub.admit(Operator("break-glass", "Аварийный вход", Role.ADMIN, ("region",)))
    body = {"name": "reports", "role": "supervisor", "scopes": ["search"], "queues": ["region"]}
    assert (await by_person(hub, "break-glass", "POST", "/api/services", body))[1]["error"] == "forbidden"
