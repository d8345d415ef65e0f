"""Whoever knows a password and has many addresses guesses codes no faster for it (SE-01)."""

from pathlib import Path
from typing import Any

import aiohttp

from tests.house import PASSWORD, house_in, people
from tests.http.test_second_factor import config, enrol
from tests.http.test_sign_in_strangers import OWNER

TRIES, FREE_CODES, PAUSED = 30, 5, 4
"""How often it is tried, how often without a pause, and how often more the doubling pauses let one try in the seconds that this takes."""


async def shown(base: str, login: str, code: str, source: str) -> tuple[int, Any]:
    async with (aiohttp.ClientSession(connector=aiohttp.TCPConnector(local_addr=(source, 0))) as http,
                http.post(f"{base}/api/session", json={"login": login, "password": PASSWORD, "code": code}) as answer):
        return answer.status, await answer.json()


async def test_codes_are_counted_whatever_address_shows_them(tmp_path: Path) -> None:
    with house_in(tmp_path, config(tmp_path), environment={"OKNO_LIMITS": "on"}) as house:
        async with people(house) as present:
            admin = await present.admin()
            anna = await present.clerk(admin)
            telephone, _ = await enrol(anna)
            wrong = "000000" if telephone.code() != "000000" else "000001"
            statuses = [(await shown(house.base, anna.login, wrong, f"127.0.3.{n + 1}"))[0] for n in range(TRIES)]
            assert statuses.count(401) <= FREE_CODES + PAUSED, statuses
            assert 429 in statuses
            # To ask which factor is wanted stays open, and a new password begins anew.
            assert (await shown(house.base, anna.login, "", OWNER))[1]["error"] == "second_factor"
            await admin.does("POST", f"/api/operators/{anna.login}/reset")
            assert (await present.stranger(anna.login).call("POST", "/api/session", {"login": anna.login, "password": PASSWORD}))[0] == 401
