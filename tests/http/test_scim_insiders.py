"""What whoever holds a provisioning key tries with accounts that are not his (SE-01)."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from hub.access.break_glass import LOGIN
from hub.access.operator import Operator, Role
from tests.http.test_program_keys import RULES, by_key, by_person, put, user
from tests.matrix import Account, Hub, hub_in

MAKER = Account(Role.ADMIN, "Р", "").login


@pytest.fixture
async def hub(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Hub]:
    async with hub_in(tmp_path_factory.mktemp("keys"), RULES) as there:
        await put(there, "provision_accounts")
        yield there


@pytest.mark.parametrize("used", [False, True])
async def test_nobody_is_opened_under_the_envelopes_name(hub: Hub, *, used: bool) -> None:
    # Whoever has a session of that name would be an administrator as soon as the envelope is opened.
    if used:
        await hub.store.put(Operator(LOGIN, "Аварийный вход", Role.ADMIN, ("region",), active=False))
    assert await by_key(hub, "POST", "/scim/v2/Users", user(LOGIN, "chief")) == (409, "uniqueness")
    account = {"login": LOGIN, "name": "Я", "role": "operator", "queues": ["region"], "skills": {}, "languages": ["ru"]}
    assert (await by_person(hub, MAKER, "POST", "/api/operators", account))[1]["error"] == "exists"


async def test_an_account_that_another_centre_has_let_go_of_is_not_taken(hub: Hub) -> None:
    await hub.store.put(Operator("gone", "Ушедшая", Role.ADMIN, ("city",), active=False))
    assert await by_key(hub, "POST", "/scim/v2/Users", user("gone", "chief")) == (409, "uniqueness")
    assert (await hub.store.get(Operator, "gone")) == Operator("gone", "Ушедшая", Role.ADMIN, ("city",), active=False)


@pytest.mark.parametrize("operations", [
    [{"op": "replace", "path": "name", "value": "x"}, {"op": "replace", "path": "name.givenName", "value": "y"}],
    [{"op": "replace", "path": "roles", "value": 5}, {"op": "add", "path": "roles", "value": [{"value": "chief"}]}],
    [{"op": "replace", "path": "displayName", "value": {"a": 1}}],
    [{"op": "replace", "path": "active", "value": ["x"]}],
    [{"op": "remove", "path": "userName"}],
    [{"op": "add", "value": {"roles": {"a": 1}}}, {"op": "add", "path": "roles", "value": [1]}],
])
async def test_a_patch_of_values_of_a_wrong_form_is_refused(hub: Hub, operations: list[object]) -> None:
    assert (await by_key(hub, "POST", "/scim/v2/Users", user("vera", "chief")))[0] == 201
    assert await by_key(hub, "PATCH", "/scim/v2/Users/vera", {"Operations": operations}) == (400, "invalidValue")


async def test_of_two_centres_that_open_one_login_at_once_one_has_it(hub: Hub) -> None:
    # Else the slower one is given a password of the other centre's account.
    makers = {line: Account(Role.ADMIN, level, "").login for level, line in (("Р", "region"), ("М", "city"))}
    account = {"login": "both", "name": "Оба", "role": "admin", "skills": {}, "languages": ["ru"]}
    told = await asyncio.gather(*(by_person(hub, who, "POST", "/api/operators", account | {"queues": [line]}) for line, who in makers.items()))
    assert sorted(status for status, _ in told) == [200, 409]
    (opened,) = [answer["operator"] for status, answer in told if status == 200]
    stored = await hub.store.get(Operator, "both")
    assert stored is not None
    assert list(stored.queues) == opened["queues"]
