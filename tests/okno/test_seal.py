"""Whoever may write the database and has no keys gives nobody any power (F5 of the security review)."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from tests.house import ADMIN, PASSWORD, House, NotStartedError, people
from tests.okno.kept import Kept
from tests.okno.test_keys import centre, keys

OWN = "a password of the intruder"


@pytest.fixture
async def house(tmp_path: Path, kept: Kept) -> AsyncIterator[House]:
    """A hub with keys whose administrator has signed in, and which has been stopped."""
    house = House(tmp_path, centre(tmp_path, keys(tmp_path) + kept.settings))
    assert house.run("keys", "new").returncode == 0
    try:
        house.start()
        async with people(house) as present:
            await present.admin()
        house.stop()
        yield house
    finally:
        house.kill()


async def signs_in(house: House, password: str) -> bool:
    """Whether the hub starts and the administrator gets in."""
    try:
        house.start()
    except NotStartedError:
        return False
    async with people(house) as present:
        status, _ = await present.stranger(ADMIN).call("POST", "/api/session", {"login": ADMIN, "password": password})
    house.stop()
    return status == 200


async def test_an_account_in_clear_signs_nobody_in_and_is_named(house: House, kept: Kept) -> None:
    # F5
    before = kept.documents("operator")
    assert len(before) == 1
    forged = f'{{"type":"operator","login":"{ADMIN}","name":"A","role":"admin","password":"{PasswordHasher().hash(OWN)}"}}'
    for key in before:
        kept.write("operator", key, forged.encode())
    assert not await signs_in(house, OWN)
    checked, verified = house.run("check"), house.run("audit", "verify")
    assert checked.returncode == 1
    assert f"operator {ADMIN}" in checked.stderr + checked.stdout
    assert "okno restore" in checked.stderr
    assert verified.returncode == 3
    assert f"operator {ADMIN}" in verified.stdout
    for key, doc in before.items():
        kept.write("operator", key, doc)
    assert house.run("check").returncode == 0
    assert house.run("audit", "verify").returncode == 0
    assert await signs_in(house, PASSWORD)


async def test_an_older_account_is_not_believed_by_the_hub_that_runs_nor_by_the_next(house: House, kept: Kept) -> None:
    # F5: put back while the hub works, and when it starts anew
    house.start()
    async with people(house) as present:
        admin = await present.admin()
        clerk = await present.clerk(admin, "supervisor")
        old = kept.documents("operator")
        await admin.does("POST", f"/api/operators/{clerk.login}/deactivate")
        assert (await present.stranger(clerk.login).call("POST", "/api/session", {"login": clerk.login, "password": PASSWORD}))[0] == 401
        (key,) = [each for each, doc in kept.documents("operator").items() if doc != old[each]]
        kept.write("operator", key, old[key])
        assert (await present.stranger(clerk.login).call("POST", "/api/session", {"login": clerk.login, "password": PASSWORD}))[0] == 503
    checked = house.run("check")
    assert (checked.returncode, f"operator {clerk.login}" in checked.stdout) == (1, True)
    house.stop()
    with pytest.raises(NotStartedError, match="not the newest"):
        house.start()


@pytest.mark.parametrize("kept", ["sqlite"], indirect=True)
async def test_a_database_that_lay_in_clear_is_closed_when_the_hub_has_stopped(tmp_path: Path, kept: Kept) -> None:
    # F5
    house = House(tmp_path, centre(tmp_path, kept.settings))
    try:
        house.start()
        async with people(house) as present:
            await present.admin()
        house.stop()
        centre(tmp_path, keys(tmp_path) + kept.settings)
        assert house.run("keys", "new").returncode == 0
        house.start()
        assert "not closed yet" in house.run("keys", "rotate").stdout
        assert "! seal: 0 of" in house.run("check").stdout
        house.stop()
        assert "the database is closed" in house.run("keys", "rotate").stdout
        assert "✓ seal:" in house.run("check").stdout
        assert "✓ строк базы:" in house.run("audit", "verify").stdout
    finally:
        house.kill()
    assert await signs_in(house, PASSWORD)
