"""Whoever gives accounts sees what each role may, and why somebody may not (SE-01)."""

import re
from pathlib import Path
from typing import Any

import pytest

from hub.access.operator import Role
from hub.access.permissions import PERMISSION_MATRIX, Permission
from tests.house import Clerk, People, people
from tests.http.test_channels import CENTRE
from tests.paper import Papers, near

WORDS = Path(__file__).parents[2] / "hub/desk/ui/src/access/words.ru.ts"


async def whys(admin: Clerk, login: str) -> dict[str, str]:
    return {each["permission"]: each["why"] for each in await admin.does("GET", f"/api/operators/{login}/access")}


async def test_the_table_is_shown_as_it_is(admin: Clerk, at: People) -> None:
    # SE-01
    rows: list[dict[str, Any]] = await admin.does("GET", "/api/access")
    assert {each["permission"]: set(each["roles"]) for each in rows} == {each.value: {role.value for role in row.roles} for each, row in PERMISSION_MATRIX.items()}
    assert next(each["functions"] for each in rows if each["permission"] == Permission.ACCOUNT) is None
    table = (await admin.does("GET", "/api/access.csv")).decode("utf-8-sig").splitlines()
    assert len(table) == 1 + len(PERMISSION_MATRIX)
    assert table[0].startswith("что можно;оператор;")
    assert all(row.does in table[n] or '"' in table[n] for n, row in enumerate(PERMISSION_MATRIX.values(), 1))
    boss = await at.clerk(admin, "supervisor")
    assert (await boss.call("GET", "/api/access"))[0] == 403


async def test_why_somebody_may_not(admin: Clerk, at: People) -> None:
    # SE-01
    boss = await at.clerk(admin, "supervisor")
    told = await whys(admin, boss.login)
    assert {each for each, why in told.items() if why == "granted"} == {each.value for each, row in PERMISSION_MATRIX.items() if Role.SUPERVISOR in row.roles}
    assert told["settle"] == "role"
    await admin.does("POST", f"/api/operators/{boss.login}/deactivate")
    assert set((await whys(admin, boss.login)).values()) == {"inactive"}
    assert (await admin.call("GET", "/api/operators/nobody/access"))[0] == 404


async def test_at_the_federal_level_it_is_told_what_is_not_done_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # FD-04
    Papers(monkeypatch, "sms.paper", "email.paper")
    async with near(tmp_path, CENTRE % "federal") as (house, _), people(house) as at:
        admin = await at.admin()
        told = await whys(admin, admin.login)
        assert (told["search"], told["settle"], told["serve"]) == ("federal", "granted", "granted")


def test_the_desk_says_each_permission_as_the_table_does() -> None:
    # SE-01
    block = WORDS.read_text(encoding="utf8").partition("    does: {\n      account")[2].partition("    },")[0]
    said = dict(re.findall(r'(?:      )(\w+): "([^"]*)",', "      account" + block))
    assert said == {each.value: row.does for each, row in PERMISSION_MATRIX.items()}
