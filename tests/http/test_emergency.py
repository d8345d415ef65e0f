"""The break-glass account: its envelope opens everything once, and nobody who leads can miss it (SE-01)."""

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from hub.access.break_glass import LOGIN, digest_of
from tests.channels.line import PATIENCE_S
from tests.house import Clerk, House, People, house_in, people
from tests.http.test_second_factor import config, enrol


def sealed(house: House, *options: str) -> str:
    """The password of a new envelope."""
    done = house.run("user", "break-glass", *options)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()[0].rpartition(" ")[2]


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[tuple[House, People, Clerk]]:
    """A centre where everybody must have a second factor, and its administrator."""
    with house_in(tmp_path, config(tmp_path, 'required_for = ["admin"]')) as house:
        async with people(house) as present:
            admin = await present.admin()
            await enrol(admin)
            yield house, present, admin


async def opens(present: People, password: str) -> tuple[int, Any, Clerk]:
    clerk = present.stranger(LOGIN)
    status, answer = await clerk.call("POST", "/api/session", {"login": LOGIN, "password": password})
    clerk.csrf = answer.get("csrf", "")
    return status, answer, clerk


async def test_it_opens_once_and_everybody_who_leads_is_told(place: tuple[House, People, Clerk]) -> None:
    # SE-01
    house, present, admin = place
    chief, operator = await present.clerk(admin, "supervisor"), await present.clerk(admin)
    lines = [await each.live() for each in (admin, chief, operator)]
    for line in lines:
        await line.hear("hello")
    password = await asyncio.to_thread(sealed, house)
    status, me, glass = await opens(present, password.upper().replace("-", " "))
    assert (status, me["role"], me["must_enrol"], me["must_change_password"]) == (200, "admin", False, False)
    for line in lines[:2]:
        told = await line.hear("glass")
        assert told["source"] == "127.0.0.1"
        assert datetime.fromisoformat(told["until"]) - datetime.fromisoformat(told["at"]) == timedelta(hours=1)
    # Also whoever comes later, but nobody who leads nothing.
    later = await chief.live()
    await later.hear("glass")
    await lines[2].send(type="watch", conversation="not a number")
    await lines[2].hear("error", code="bad_frame")
    assert not [frame for frame in lines[2].unheard if frame["type"] == "glass"]
    (session,) = await glass.does("GET", "/api/security/sessions")
    assert (session["second"], datetime.fromisoformat(session["until"]) - datetime.fromisoformat(session["at"])) == ("break_glass", timedelta(hours=1))
    told = [audit_entry["what"] for audit_entry in await glass.does("GET", "/api/audit") if audit_entry["by"] == LOGIN]
    assert [what for what in told if what != "audit"] == ["sign_in", "break_glass_used"]  # who reads the audit is in it, too
    async with present.http.get(f"{house.base}/metrics") as answer:
        metrics = await answer.text()
    assert "okno_break_glass_uses_total 1.0" in metrics
    assert "okno_break_glass_open 1.0" in metrics
    (line,) = [line for line in house.log.read_text(encoding="utf8").splitlines() if "break-glass" in line]
    assert "critical" in line.lower()
    assert password not in house.log.read_text(encoding="utf8")
    status, answer, _ = await opens(present, password)
    assert (status, answer["error"]) == (401, "bad_credentials")
    # An administrator ends it as he ends anybody's.
    await admin.does("POST", f"/api/operators/{LOGIN}/sessions/end")
    assert (await glass.call("GET", "/api/me"))[0] == 401


async def test_a_restart_forgets_neither_its_use_nor_the_alarm(place: tuple[House, People, Clerk]) -> None:
    # SE-01
    house, present, admin = place
    password = await asyncio.to_thread(sealed, house)
    assert (await opens(present, password))[0] == 200
    house.stop()
    await asyncio.to_thread(house.start)
    await (await admin.live()).hear("glass")
    assert (await opens(present, password))[0] == 401


async def test_only_the_newest_envelope_before_its_day(place: tuple[House, People, Clerk]) -> None:
    # SE-01
    house, present, admin = place
    assert (await opens(present, "any"))[0] == 401
    old = await asyncio.to_thread(sealed, house)
    new = await asyncio.to_thread(sealed, house, "--days", "1")
    assert (await opens(present, old))[0] == 401
    with closing(sqlite3.connect(house.data / "okno.db", timeout=PATIENCE_S)) as db, db:
        found = bytes(db.execute("SELECT doc FROM documents WHERE kind = 'envelope'").fetchone()[0])
        assert digest_of(new).encode() in found
        assert new.encode() not in found
        document = json.loads(found) | {"until": json.loads(found)["at"]}
        db.execute("UPDATE documents SET doc = ? WHERE kind = 'envelope'", (json.dumps(document).encode(),))
    assert (await opens(present, new))[0] == 401
    await asyncio.to_thread(sealed, house)
    told = [audit_entry["what"] for audit_entry in await admin.does("GET", "/api/audit")]
    assert told.count("sign_in_refused") == 1  # the others are counted (test_sign_in_strangers.py)
    assert told.count("break_glass_sealed") == 3


async def test_of_many_at_once_one_gets_in(place: tuple[House, People, Clerk]) -> None:
    # SE-01
    house, present, _ = place
    password = await asyncio.to_thread(sealed, house)
    statuses = [status for status, _, _ in await asyncio.gather(*(opens(present, password) for _ in range(6)))]
    assert sorted(statuses) == [200] + [401] * 5
