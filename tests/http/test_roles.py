"""Who may do what: every endpoint for every role, default deny (SE-01). A new endpoint is covered as soon as it exists."""

from collections import defaultdict

import pytest

from hub.access.operator import Role
from hub.access.permissions import PERMISSION_MATRIX
from hub.desk.http.endpoint import Endpoint
from hub.desk.rooms import ENDPOINTS
from tests.house import Clerk, House, People

PARTS = {"sort": "service", "conversation": "1", "other": "2", "login": "nobody", "demand": "1", "version": "0" * 16, "file": "a" * 64}
"""Of paths; any other is «none»."""
REFUSALS = {"forbidden", "not_signed_in", "must_change_password", "bad_csrf"}


def path_of(each: Endpoint) -> str:
    return each.path.format_map(defaultdict(lambda: "none", PARTS))


@pytest.fixture
async def clerks(admin: Clerk, at: People) -> dict[str, Clerk]:
    return {role.value: await at.clerk(admin, role.value) for role in Role}


async def test_every_endpoint_for_every_role(clerks: dict[str, Clerk]) -> None:
    for role, clerk in clerks.items():
        for each in ENDPOINTS:
            if each.public or each.path == "/api/session":
                continue
            status, answer = await clerk.call(each.method, path_of(each), {} if each.method != "GET" else None)
            code = answer.get("error", "") if isinstance(answer, dict) else ""
            allowed = any(Role(role) in PERMISSION_MATRIX[need].roles for need in each.needs)
            assert status < 500
            if allowed and each.path not in {"/api/conversations/{conversation}", "/api/files/{file}"}:
                assert code not in REFUSALS, (role, each.path, code)
            if not allowed:
                assert (status, code) == (403, "forbidden"), (role, each.path, status, code)


async def test_every_endpoint_is_closed_to_strangers(at: People) -> None:
    stranger = at.stranger()
    assert {each.path for each in ENDPOINTS if each.public} == {
        "/api/session", "/api/session/ways", "/api/session/passkey", "/api/session/passkey/ask"}
    for each in ENDPOINTS:
        if not each.public:
            status, answer = await stranger.call(each.method, path_of(each), {} if each.method != "GET" else None)
            assert (status, answer["error"]) == (401, "not_signed_in"), each.path


async def test_refusals_are_in_the_audit(admin: Clerk, clerks: dict[str, Clerk]) -> None:
    await clerks["operator"].call("GET", "/api/audit")
    audit_entry = next(d for d in await admin.does("GET", "/api/audit") if d["what"] == "refused")
    assert (audit_entry["by"], audit_entry["about"]) == (clerks["operator"].login, "GET /api/audit")


# What a role sees of a conversation that somebody else holds.
async def test_a_conversation_of_somebody_else(admin: Clerk, at: People, clerks: dict[str, Clerk]) -> None:
    citizen = await at.citizen()
    await citizen.tell("позовите оператора")
    await citizen.line.hear("state", holder="queue")
    await admin.does("POST", f"/api/conversations/{citizen.conversation}/take")
    seen = {role: (await clerk.call("GET", f"/api/conversations/{citizen.conversation}"))[0] for role, clerk in clerks.items()}
    assert seen == {"operator": 403, "senior": 200, "supervisor": 200, "designer": 403, "admin": 200, "wall": 403}
    body = {"key": "k", "text": "чужой ответ"}
    said = {role: (await clerk.act(citizen.conversation, "reply", body))[0] for role, clerk in clerks.items()}
    assert set(said.values()) == {403}
    views = {role: [(await clerk.call("GET", f"/api/inbox?view={view}"))[0] for view in ("mine", "waiting", "held", "recent")]
             for role, clerk in clerks.items()}
    assert (views["operator"], views["designer"], views["wall"]) == ([200, 200, 403, 403], [403] * 4, [403] * 4)
    assert views["senior"] == views["supervisor"] == views["admin"] == [200, 200, 200, 200]
    closed = {role: (await clerk.act(citizen.conversation, "close", {"topic": "other"}))[0] for role, clerk in clerks.items() if role != "admin"}
    assert closed == {"operator": 403, "senior": 403, "supervisor": 200, "designer": 403, "wall": 403}


@pytest.fixture
async def uploaded(at: People, house: House, admin: Clerk) -> tuple[str, str]:
    """A conversation with the administrator, and a file in it."""
    citizen = await at.citizen()
    async with at.http.post(f"{house.base}/chat/files?token={citizen.token}", data="справка".encode(), headers={"X-File-Name": "a.txt"}) as answer:
        file = (await answer.json())["file"]
    await citizen.line.send(type="say", key="with file", files=[file])
    await citizen.line.hear("stored", key="with file")
    await citizen.line.hear("state", holder="queue")
    await admin.does("POST", f"/api/conversations/{citizen.conversation}/take")
    return citizen.conversation, file


async def test_files_are_for_those_who_may_see_the_conversation(clerks: dict[str, Clerk], uploaded: tuple[str, str], at: People, house: House) -> None:
    conversation, file = uploaded
    got = {role: (await clerk.call("GET", f"/api/files/{file}?conversation={conversation}"))[0] for role, clerk in clerks.items()}
    assert got == {"operator": 403, "senior": 200, "supervisor": 200, "designer": 403, "admin": 200, "wall": 403}
    other = await at.citizen()
    assert (await clerks["senior"].call("GET", f"/api/files/{file}?conversation={other.conversation}"))[1]["error"] == "no_such_file"
    async with at.http.get(f"{house.base}/chat/files/{file}?token={other.token}") as answer:
        assert answer.status == 404
    await other.line.send(type="say", key="stolen", files=[file])
    assert (await other.line.hear("error", key="stolen"))["code"] == "no_such_file"
