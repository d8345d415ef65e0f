"""What strangers at the desk's door can do to those who work there: neither lock them out, nor use up the envelope, nor fill the audit (SE-01)."""

import asyncio
import json
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from hub.access.break_glass import LOGIN
from hub.access.failure_log import ENTRIES, NAMES
from hub.desk.sign_in.attempts import FREE_OF_SOURCE, PRESSED
from tests.channels.line import PATIENCE_S
from tests.house import ADMIN, PASSWORD, House, house_in, people, plain

OWNER, STRANGER = "127.0.0.2", "127.0.0.9"
GUESSES = 40


@asynccontextmanager
async def limited(folder: Path) -> AsyncIterator[House]:
    """A hub that counts, whose administrator has chosen a password."""
    with house_in(folder, environment={"OKNO_LIMITS": "on"}) as house:
        async with people(house) as present:
            await present.admin()
        yield house


async def tries(house: House, login: str, password: str, source: str, path: str = "/api/session") -> tuple[int, Any]:
    async with (aiohttp.ClientSession(connector=aiohttp.TCPConnector(local_addr=(source, 0))) as http,
                http.post(house.base + path, json={"login": login, "password": password}) as answer):
        return answer.status, await answer.json()


async def guessed(house: House, login: str, source: str, times: int = 9) -> Counter[int]:
    return Counter([(await tries(house, login, f"guess {n}", source))[0] for n in range(times)])


async def test_strangers_do_not_lock_an_owner_out(tmp_path: Path) -> None:
    # F10: one host, and many
    async with limited(tmp_path) as house:
        assert (await guessed(house, ADMIN, STRANGER))[429]
        assert (await tries(house, ADMIN, PASSWORD, OWNER))[0] == 200
        for n in range(PRESSED):
            await tries(house, ADMIN, f"guess {n}", f"127.0.1.{n + 1}")
        assert (await tries(house, ADMIN, "a slip", OWNER))[0] == 401
        assert (await tries(house, ADMIN, PASSWORD, OWNER))[0] == 200
        # Whoever guesses from a new address has fewer tries than in quiet times, and the pause after them is a long one.
        assert await guessed(house, ADMIN, "127.0.2.1") == {401: 2, 429: 7}


async def test_strangers_do_not_lock_the_envelope(tmp_path: Path) -> None:
    # F10: not even from the address that it is opened at
    async with limited(tmp_path) as house:
        sealed = (await asyncio.to_thread(house.run, "user", "break-glass")).stdout.split()[3]
        for source in (STRANGER, OWNER):
            assert (await guessed(house, LOGIN, source))[429]
        for n in range(FREE_OF_SOURCE):
            await tries(house, f"nobody{n}", "wrong", OWNER)
        assert (await tries(house, "somebody", "wrong", OWNER))[0] == 429
        assert (await tries(house, LOGIN, sealed, OWNER))[0] == 200


async def test_to_ask_for_a_passkey_leaves_the_envelope_as_it_is(tmp_path: Path) -> None:
    # F13
    async with limited(tmp_path) as house:
        sealed = (await asyncio.to_thread(house.run, "user", "break-glass")).stdout.split()[3]
        for password in (sealed, "another"):
            status, told = await tries(house, LOGIN, password, OWNER, "/api/session/passkey/ask")
            assert (status, told["error"]) == (404, "no_passkey")
        assert "break-glass account opened" not in house.log.read_text("utf8")
        assert (await tries(house, LOGIN, sealed, OWNER))[0] == 200


def audit_entries(house: House) -> list[dict[str, Any]]:
    with closing(sqlite3.connect(house.data / "okno.db", timeout=PATIENCE_S)) as db:
        return [json.loads(doc) for (doc,) in db.execute("SELECT doc FROM audit ORDER BY id")]


@pytest.mark.parametrize("login", [ADMIN, LOGIN, "{n}"], ids=["known", "envelope", "invented"])
async def test_strangers_do_not_fill_the_audit_by_signing_in(tmp_path: Path, login: str) -> None:
    # F20d: a hub without limits shows how many entries the tries alone make
    with house_in(tmp_path, plain(tmp_path)) as house:
        async with people(house) as present:
            await present.admin()
        for n in range(GUESSES):
            assert (await tries(house, login.format(n=n), "wrong", STRANGER))[0] == 401
        entered = [audit_entry for audit_entry in audit_entries(house) if audit_entry["what"] == "sign_in_refused"]
        assert entered[0]["detail"] == STRANGER
        assert entered[0]["by"] == login.format(n=0)
        assert len(entered) == (NAMES if "{" in login else 1)
        house.stop()
        count = audit_entries(house)[-1]
        assert (count["what"], count["by"]) == ("sign_in_refused", "")
        assert f"ещё {GUESSES - len(entered)} раз" in count["detail"]
        assert STRANGER in count["detail"]
        assert ("и другие" in count["detail"]) is ("{" in login)


async def test_many_addresses_fill_it_no_more_than_the_bound(tmp_path: Path) -> None:
    # F20d
    with house_in(tmp_path, plain(tmp_path)) as house:
        for n in range(150):
            await tries(house, f"nobody{n}", "wrong", f"127.0.{n // 250 + 3}.{n % 250 + 1}")
        assert len([audit_entry for audit_entry in audit_entries(house) if audit_entry["what"] == "sign_in_refused"]) == ENTRIES
        house.stop()
        told = [audit_entry["detail"] for audit_entry in audit_entries(house) if audit_entry["what"] == "sign_in_refused"][ENTRIES:]
        assert sum(int(detail.split()[1]) for detail in told) == 150 - ENTRIES
        assert any("других адресов" in detail for detail in told)


async def test_whoever_gets_in_after_failures_is_told_of_with_them(tmp_path: Path) -> None:
    # F20d: what matters afterwards stands before the sign-in
    async with limited(tmp_path) as house:
        for n in range(4):
            await tries(house, ADMIN, f"guess {n}", STRANGER)
        assert (await tries(house, ADMIN, PASSWORD, STRANGER))[0] == 200
        told = [(audit_entry["what"], audit_entry["detail"]) for audit_entry in audit_entries(house)[-3:]]
        assert [what for what, _ in told] == ["sign_in_refused", "sign_in_refused", "sign_in"]
        assert "ещё 3 раз" in told[1][1]
