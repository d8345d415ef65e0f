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
