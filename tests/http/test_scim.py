"""SCIM 2.0: a directory opens, changes and closes accounts, and whoever is closed is out at once (SE-01; RFC 7643, RFC 7644)."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from tests.house import Clerk, House, People, house_in

CENTRE = """queues = [{ id = "general", title = "Общая" }]
topics = [{ id = "other", title = "Другое" }]
[oidc]
rules = [{ value = "chief", role = "supervisor", queues = ["general"] }, { value = "line", role = "operator", queues = ["general"] }]
"""
USER = "urn:ietf:params:scim:schemas:core:2.0:User"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("house")
    (folder / "okno.toml").write_text(CENTRE, encoding="utf8")
    with house_in(folder, folder / "okno.toml") as running:
        yield running


class Directory:
    """A directory's connector, with the key of a service account."""

    def __init__(self, at: People, key: str) -> None:
        self._clerk, self._key = at.stranger(), key

    async def call(self, method: str, path: str = "", body: object = None) -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {self._key}", "Content-Type": "application/scim+json"}
        async with self._clerk.http.request(method, f"/scim/v2/Users{path}", json=body, headers=headers) as answer:
            assert answer.content_type in {"application/scim+json", "application/json", "application/octet-stream"}
            return answer.status, await answer.json(content_type=None) if answer.status != 204 else {}

    async def makes(self, login: str, *roles: str, **more: Any) -> dict[str, Any]:
        status, made = await self.call("POST", "", user(login, *roles, **more))
        assert status == 201, made
        return dict(made)


def user(login: str, *roles: str, **more: Any) -> dict[str, Any]:
    return {"schemas": [USER], "userName": login, "externalId": f"id of {login}", "name": {"givenName": "Анна", "familyName": "Иванова"},
            "active": True, "roles": [{"value": role} for role in roles]} | more


def change(*operations: dict[str, Any]) -> dict[str, Any]:
    return {"schemas": [PATCH], "Operations": list(operations)}


@pytest.fixture
async def directory(admin: Clerk, at: People) -> AsyncIterator[Directory]:
    body = {"name": "directory", "role": "admin", "scopes": ["provision_accounts"], "queues": ["general"]}
    yield Directory(at, (await admin.does("POST", "/api/services", body))["key"])
    await admin.does("DELETE", "/api/services/directory")


async def at_work(admin: Clerk, at: People, login: str) -> Clerk:
    """Signed in with a password that an administrator has given, as no provider is here."""
    return await at.stranger(login).sign_in((await admin.does("POST", f"/api/operators/{login}/reset"))["one_time_password"])


async def test_somebody_is_opened_found_and_changed(admin: Clerk, directory: Directory) -> None:
    # SE-01
    made = await directory.makes("vera", "others", "line")
    assert (made["id"], made["userName"], made["displayName"], made["active"]) == ("vera", "vera", "Анна Иванова", True)
    assert made["meta"] == {"resourceType": "User", "location": "/scim/v2/Users/vera"}
    assert (await directory.call("GET", "/vera"))[1] == made
    for asked in ('userName eq "vera"', 'externalId eq "id of vera"', 'ID EQ "vera"'):
        found = (await directory.call("GET", f"?filter={asked}"))[1]
        assert (found["totalResults"], found["Resources"]) == (1, [made])
    assert (await directory.call("GET", '?filter=userName eq "nobody"'))[1]["Resources"] == []
    status, refused = await directory.call("GET", '?filter=userName sw "v"')
    assert (status, refused["scimType"], refused["status"]) == (400, "invalidFilter", "400")
    account = next(each for each in await admin.does("GET", "/api/operators") if each["login"] == "vera")
    assert (account["role"], account["queues"]) == ("operator", ["general"])
    assert (await directory.call("PUT", "/vera", user("vera", "chief", displayName="Вера")))[1]["displayName"] == "Вера"
    account = next(each for each in await admin.does("GET", "/api/operators") if each["login"] == "vera")
    assert (account["role"], account["name"]) == ("supervisor", "Вера")
    assert (await directory.call("PUT", "/vera", user("another", "chief")))[1]["scimType"] == "mutability"
    told = [(audit_entry["by"], audit_entry["what"]) for audit_entry in await admin.does("GET", "/api/audit") if audit_entry["about"] == "vera"]
    assert told == [("service:directory", "operator_changed"), ("service:directory", "operator_added")]


@pytest.mark.parametrize("how", ["put", "patch", "azure", "delete"])
async def test_whoever_is_closed_is_out_at_once(admin: Clerk, at: People, directory: Directory, how: str) -> None:
    # SE-01
    login = f"gone-{how}"
    await directory.makes(login, "line")
    clerk = await at_work(admin, at, login)
    line = await clerk.live()
    await line.hear("hello")
    match how:
        case "put":
            status, _ = await directory.call("PUT", f"/{login}", user(login, "line", active=False))
        case "patch":
            status, _ = await directory.call("PATCH", f"/{login}", change({"op": "replace", "path": "active", "value": False}))
        case "azure":  # as Entra ID says it
            status, _ = await directory.call("PATCH", f"/{login}", change({"op": "Replace", "value": {"active": "False"}}))
        case _:
            status, _ = await directory.call("DELETE", f"/{login}")
    assert status == (204 if how == "delete" else 200)
    await line.hear("signed_out")
    assert await line.hung_up() == 1012
    assert (await clerk.call("GET", "/api/me"))[0] == 401
    assert (await clerk.call("POST", "/api/session", {"login": login, "password": "a long enough password"}))[0] == 401
    if how == "delete":
        assert (await directory.call("GET", f"/{login}"))[0] == 404
        assert (await directory.call("DELETE", f"/{login}"))[0] == 404
        assert (await directory.makes(login, "chief"))["active"]  # who comes back has his own account again
    else:
        assert not (await directory.call("GET", f"/{login}"))[1]["active"]
        assert (await directory.call("PATCH", f"/{login}", change({"op": "replace", "path": "active", "value": True})))[1]["active"]


async def test_a_patch_is_done_as_a_whole_or_not_at_all(directory: Directory) -> None:
    # SE-01: RFC 7644 3.5.2
    await directory.makes("petr", "line")
    status, changed = await directory.call("PATCH", "/petr", change(
        {"op": "add", "path": "roles", "value": [{"value": "chief"}]}, {"op": "replace", "path": "name.familyName", "value": "Петров"},
        {"op": "replace", "path": "name.givenName", "value": "Пётр"}))
    assert (status, changed["displayName"], [role["value"] for role in changed["roles"]]) == (200, "Пётр Петров", ["line", "chief"])
    for wrong, kind in (({"op": "replace", "path": "password", "value": "x"}, "invalidPath"), ({"op": "replace", "path": "active", "value": "maybe"}, "invalidValue"),
                        ({"op": "replace", "value": 1}, "invalidValue"), ({"op": "remove", "path": "roles"}, "invalidValue"),
                        ({"op": "replace", "path": "userName", "value": "another"}, "mutability")):
        status, refused = await directory.call("PATCH", "/petr", change({"op": "replace", "path": "displayName", "value": "Другой"}, wrong))
        assert (status, refused.get("scimType")) == (400, kind), wrong
    assert (await directory.call("GET", "/petr"))[1] == changed


async def test_accounts_of_the_hubs_own_and_whom_no_rule_names(admin: Clerk, at: People, directory: Directory) -> None:
    # SE-01
    own = await at.clerk(admin)
    for method in ("GET", "PUT", "DELETE"):
        assert (await directory.call(method, f"/{own.login}", user(own.login, "chief") if method == "PUT" else None))[0] == 404
    assert own.login not in str(await directory.call("GET"))
    status, refused = await directory.call("POST", "", user(own.login, "chief"))
    assert (status, refused["scimType"]) == (409, "uniqueness")
    status, refused = await directory.call("POST", "", user("nobody-special", "others"))
    assert (status, refused["scimType"]) == (400, "invalidValue")
    await own.does("GET", "/api/me")


async def test_pages_and_what_is_done_of_scim(directory: Directory, at: People) -> None:
    # RFC 7644 3.4.2.4
    for number in range(3):
        await directory.makes(f"page{number}", "line")
    everybody = (await directory.call("GET"))[1]
    page = (await directory.call("GET", "?startIndex=2&count=2"))[1]
    assert (page["totalResults"], page["itemsPerPage"], page["startIndex"]) == (everybody["totalResults"], 2, 2)
    assert page["Resources"] == everybody["Resources"][1:3]
    assert (await directory.call("GET", "?count=0"))[1]["Resources"] == []
    assert (await directory.call("GET", "/../ServiceProviderConfig"))[1]["patch"] == {"supported": True}
    status, refused = await at.stranger().call("GET", "/scim/v2/Users")
    assert (status, refused["schemas"]) == (401, ["urn:ietf:params:scim:api:messages:2.0:Error"])
