"""Sessions: one's own are listed and ended, each sign-in makes a new one, and whoever is put out is out everywhere (SE-01)."""

import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest

from hub.desk.http.session_cookie import COOKIE
from tests.channels.line import PATIENCE_S
from tests.house import PASSWORD, Clerk, House, People


def cookie_of(clerk: Clerk) -> str:
    return next(each.value for each in clerk.http.cookie_jar if each.key == COOKIE)


async def test_ones_own_are_listed_and_ended_one_by_one(admin: Clerk, at: People) -> None:
    # SE-01
    anna, boris = await at.clerk(admin), await at.clerk(admin)
    elsewhere = await at.stranger(anna.login).sign_in()
    line = await elsewhere.live()
    await line.hear("hello")
    there = await anna.does("GET", "/api/security/sessions")
    assert [(each["this"], each["source"], each["second"]) for each in there] == [(False, "127.0.0.1", ""), (True, "127.0.0.1", "")]
    assert (await boris.call("DELETE", f"/api/security/sessions/{there[0]['id']}"))[1]["error"] == "no_session"  # another's
    await anna.does("DELETE", f"/api/security/sessions/{there[0]['id']}")
    await line.hear("signed_out")
    assert await line.hung_up() == 1012
    assert (await elsewhere.call("GET", "/api/me"))[1]["error"] == "not_signed_in"
    assert [each["this"] for each in await anna.does("GET", "/api/security/sessions")] == [True]
    assert (await anna.call("DELETE", f"/api/security/sessions/{there[0]['id']}"))[0] == 404
    assert cookie_of(anna) not in str(there)


@pytest.mark.parametrize("how", ["end-others", "password"])
async def test_all_others_end(admin: Clerk, at: People, how: str) -> None:
    # SE-01
    anna = await at.clerk(admin)
    others = [await at.stranger(anna.login).sign_in() for _ in range(2)]
    lines = [await other.live() for other in others]
    for line in lines:
        await line.hear("hello")
    if how == "password":
        await anna.does("POST", "/api/password", {"old": PASSWORD, "new": "another long enough password"})
    else:
        await anna.does("POST", "/api/security/sessions/end-others")
    for line in lines:
        await line.hear("signed_out")
    for other in others:
        assert (await other.call("GET", "/api/me"))[0] == 401
    await anna.does("GET", "/api/me")


async def test_an_administrator_ends_all_of_a_person(admin: Clerk, at: People) -> None:
    # SE-01
    anna = await at.clerk(admin)
    line = await anna.live()
    await line.hear("hello")
    assert (await anna.call("POST", f"/api/operators/{anna.login}/sessions/end"))[1]["error"] == "forbidden"
    await admin.does("POST", f"/api/operators/{anna.login}/sessions/end")
    await line.hear("signed_out")
    assert (await anna.call("GET", "/api/me"))[0] == 401
    assert (await at.stranger(anna.login).sign_in()).csrf
    assert ("sessions_ended", anna.login) in [(audit_entry["what"], audit_entry["about"]) for audit_entry in await admin.does("GET", "/api/audit")]
    assert (await admin.call("POST", "/api/operators/nobody/sessions/end"))[0] == 404


async def test_a_session_is_never_the_one_that_was_brought(admin: Clerk, at: People) -> None:
    # SE-01: session fixation
    anna = await at.clerk(admin)
    body = {"login": anna.login, "password": PASSWORD}
    planted = at.stranger(anna.login)
    await planted.does("POST", "/api/session", body, headers={"Cookie": f"{COOKIE}=planted"})
    assert cookie_of(planted) != "planted"
    assert (await at.stranger().call("GET", "/api/me", headers={"Cookie": f"{COOKIE}=planted"}))[0] == 401
    # A live one that somebody else knows is over, too, once its browser signs in again.
    before = cookie_of(anna)
    await anna.does("POST", "/api/session", body)
    assert cookie_of(anna) != before
    assert (await at.stranger().call("GET", "/api/me", headers={"Cookie": f"{COOKIE}={before}"}))[0] == 401
    await anna.does("GET", "/api/me")


async def test_a_socket_ends_with_its_session(admin: Clerk, at: People, house: House) -> None:
    # SE-01
    anna = await at.clerk(admin)
    await anna.does("POST", "/api/session", {"login": anna.login, "password": PASSWORD})  # which the hub has not looked at since
    key = sha256(cookie_of(anna).encode()).hexdigest()
    with closing(sqlite3.connect(house.data / "okno.db", timeout=PATIENCE_S)) as db, db:
        document = json.loads(db.execute("SELECT doc FROM documents WHERE key = ?", (key,)).fetchone()[0])
        document["until"] = (datetime.now(UTC) + timedelta(seconds=2)).isoformat()
        db.execute("UPDATE documents SET doc = ? WHERE key = ?", (json.dumps(document).encode(), key))
    line = await anna.live()
    await line.hear("hello")
    await line.hear("signed_out")
    assert await line.hung_up() == 1012


async def test_nobody_ends_it_by_a_wrong_password(admin: Clerk, at: People) -> None:
    # SE-01
    anna = await at.clerk(admin)
    await anna.call("POST", "/api/session", {"login": anna.login, "password": "wrong password"})
    await anna.does("GET", "/api/me")
