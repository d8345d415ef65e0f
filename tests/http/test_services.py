"""Service accounts: a key is shown once, good for its scopes alone and until its day, and revoked at once (SE-01)."""

import asyncio
import json
import sqlite3
from contextlib import closing
from typing import Any

import pytest

from hub.access.permissions import Permission
from hub.access.service_accounts import SCOPES, digest_of
from hub.desk.http.session_cookie import COOKIE
from hub.desk.rooms import ENDPOINTS
from tests.channels.line import PATIENCE_S
from tests.house import Clerk, House, People
from tests.http.test_roles import path_of


async def opened(admin: Clerk, name: str, *scopes: str, role: str = "supervisor") -> str:
    """The key of a new account."""
    body = {"name": name, "role": role, "scopes": scopes, "queues": ["general"]}
    return str((await admin.does("POST", "/api/services", body))["key"])


async def asks(at: People, key: str, method: str, path: str, body: object = None) -> tuple[int, Any]:
    return await at.stranger().call(method, path, body, headers={"Authorization": f"Bearer {key}"})


async def listed(admin: Clerk, name: str) -> dict[str, Any]:
    return next(each for each in await admin.does("GET", "/api/services") if each["name"] == name)


async def test_a_key_is_good_for_what_it_is_for(admin: Clerk, at: People) -> None:
    # SE-01: every endpoint
    key = await opened(admin, "reports", "see_figures", "edit_knowledge")
    for each in ENDPOINTS:
        if each.public:
            continue
        status, answer = await asks(at, key, each.method, path_of(each), {} if each.method != "GET" else None)
        code = answer.get("error", "") if isinstance(answer, dict) else ""
        if Permission.SEE_FIGURES in each.needs:
            assert code != "forbidden", each.path
        else:  # also of what it is for, but its role is not
            assert (status, code) == (403, "forbidden"), each.path
    used = await listed(admin, "reports")
    assert (used["source"], used["used"] is not None, used["by"]) == ("127.0.0.1", True, admin.login)
    told = [(audit_entry["by"], audit_entry["what"]) for audit_entry in await admin.does("GET", "/api/audit")]
    assert ("service:reports", "refused") in told
    status, answer = await at.stranger().call("GET", "/api/socket", headers={"Authorization": f"Bearer {key}", "Origin": admin.house.base})
    assert (status, answer["error"]) == (401, "not_signed_in")


async def test_it_changes_things_without_cookie_and_csrf_and_is_told_by_name(admin: Clerk, at: People) -> None:
    # SE-01
    key = await opened(admin, "editor", "edit_knowledge", "read_knowledge", role="designer")
    article = {"title": "Часы работы", "text": "С девяти до шести.", "questions": ["Когда вы открыты?"], "topic": "other", "body": "", "valid_from": "2026-01-01"}
    status, answer = await asks(at, key, "PUT", "/api/articles/service", article)
    assert status == 200, answer
    assert ("service:editor", "article") in [(audit_entry["by"], audit_entry["what"]) for audit_entry in await admin.does("GET", "/api/audit")]
    # Somebody's cookie beside it adds nothing.
    cookie = next(each.value for each in admin.http.cookie_jar if each.key == COOKIE)
    status, answer = await at.stranger().call("GET", "/api/operators", headers={"Authorization": f"Bearer {key}", "Cookie": f"{COOKIE}={cookie}"})
    assert (status, answer["error"]) == (403, "forbidden")


async def test_it_is_kept_as_a_digest_and_revoked_at_once(admin: Clerk, at: People, house: House) -> None:
    # SE-01
    key = await opened(admin, "short", "see_figures")
    assert key not in json.dumps(await admin.does("GET", "/api/services"))
    with closing(sqlite3.connect(house.data / "okno.db", timeout=PATIENCE_S)) as db:
        everything = b"".join(bytes(row[0]) for row in db.execute("SELECT doc FROM documents"))
    assert digest_of(key).encode() in everything
    assert key.encode() not in everything
    assert (await asks(at, key, "GET", "/api/figures"))[0] == 200
    await admin.does("DELETE", "/api/services/short")
    for wrong in (key, key[:-1], "", "okno_"):
        assert (await asks(at, wrong, "GET", "/api/figures"))[1]["error"] == "not_signed_in"
    assert (await admin.call("DELETE", "/api/services/short"))[1]["error"] == "no_service"
    told = [audit_entry["what"] for audit_entry in await admin.does("GET", "/api/audit") if audit_entry["about"] == "short"]
    assert told == ["service_revoked", "service_added"]


async def test_it_ends_by_itself(admin: Clerk, at: People, house: House) -> None:
    # SE-01
    key = await opened(admin, "old", "see_figures")
    with closing(sqlite3.connect(house.data / "okno.db", timeout=PATIENCE_S)) as db, db:
        document = json.loads(db.execute("SELECT doc FROM documents WHERE key = ?", (digest_of(key),)).fetchone()[0])
        document["until"] = document["at"]
        db.execute("UPDATE documents SET doc = ? WHERE key = ?", (json.dumps(document).encode(), digest_of(key)))
    assert (await asks(at, key, "GET", "/api/figures"))[1]["error"] == "not_signed_in"


async def test_a_program_makes_no_programs(admin: Clerk, at: People) -> None:
    # SE-01
    key = await opened(admin, "provisioning", "provision_accounts", role="admin")
    assert (await asks(at, key, "GET", "/scim/v2/Users"))[0] == 200
    status, answer = await asks(at, key, "POST", "/api/services", {"name": "another", "role": "admin", "scopes": ["search"]})
    assert (status, answer["error"]) == (403, "forbidden")
    assert (await asks(at, key, "DELETE", "/api/services/provisioning"))[0] == 403


@pytest.mark.parametrize("scope", sorted(set(Permission) - SCOPES))
async def test_what_is_a_persons_alone_no_program_gets(admin: Clerk, scope: str) -> None:
    # SE-01
    body = {"name": "greedy", "role": "admin", "scopes": [scope]}
    assert (await admin.call("POST", "/api/services", body))[1]["error"] == "bad_scope"


async def test_from_the_command_line_while_the_hub_runs(admin: Clerk, at: People, house: House) -> None:
    # SE-01
    def okno(*words: str) -> str:
        done = house.run("service", *words)
        assert done.returncode == 0, done.stderr
        return done.stdout

    told = await asyncio.to_thread(okno, "add", "cli", "--role", "supervisor", "--scope", "see_figures", "--queue", "general", "--days", "1")
    key = told.rpartition(" ")[2].strip()
    assert (await asks(at, key, "GET", "/api/figures"))[0] == 200
    assert (await admin.call("POST", "/api/services", {"name": "cli", "role": "admin", "scopes": ["search"]}))[1]["error"] == "exists"
    (line,) = [line for line in (await asyncio.to_thread(okno, "list")).splitlines() if line.startswith("cli\t")]
    assert "see_figures" in line
    assert "127.0.0.1" in line
    await asyncio.to_thread(okno, "revoke", "cli")
    assert (await asks(at, key, "GET", "/api/figures"))[0] == 401
    for wrong in (("revoke", "cli"), ("add", "x", "--role", "tsar", "--scope", "search"), ("add", "x", "--role", "admin", "--scope", "serve"),
                  ("add", "x", "--role", "admin", "--scope", "search", "--queue", "none"), ("add", "X Y", "--role", "admin", "--scope", "search")):
        assert (await asyncio.to_thread(house.run, "service", *wrong)).returncode == 1
