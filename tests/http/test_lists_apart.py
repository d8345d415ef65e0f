"""Centres of one hub are apart in every list and every write (F6 of the security review; SE-01, SE-05): the table is tests/apart.py."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from msgspec.json import decode, encode

from hub.access.operator import Role
from hub.desk.rooms import ENDPOINTS
from hub.intake.block import Block
from tests.apart import CARD, ELSEWHERE, FORM, LISTS, MADE, MINE, NUMBER, SHOWN, THINGS, answered, is_common, is_of_a_conversation
from tests.matrix import NOW, QUEUES, Account, Hub, hub_in
from tests.rig import eventually

RULES = """
[oidc]
rules = [{ value = "region", role = "operator", queues = ["region"] }, { value = "city", role = "operator", queues = ["city"] }]
"""
CODES = {"Р": "001", "М": "077"}
ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
async def hub(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Hub]:
    async with hub_in(tmp_path_factory.mktemp("apart"), RULES) as there:
        yield there


class Side:
    """A centre whose things are made, and another one whose people try them."""

    def __init__(self, hub: Hub, level: str, other: str) -> None:
        self.hub, self.level, self.other = hub, level, other
        self.admin = Account(Role.ADMIN, level, "")
        self.named = {"questionnaire": "first-form", "scorecard": "first-card", "survey": "first-survey", "plan": "first-plan", "draw": "first-draw",
                      "login": "first-operator", "user": "scim-first", "service": "first-key", "reply": "first-reply", "view": "first-view", "mailing": "first-mailing",
                      "message": "first-message", "place": "1", "queue": QUEUES[level], "theirs": QUEUES[other], "code": CODES[level], "foreign": CODES[other],
                      "conversation": str(hub.waiting[level]), "now": NOW.isoformat(), "later": (NOW + timedelta(days=2)).isoformat(),
                      "before": (NOW - timedelta(days=2)).isoformat()}

    @property
    def marks(self) -> tuple[str, ...]:
        """By which its things are known."""
        return MINE, NUMBER[1:], '"first-', self.named["case"]

    def filled(self, words: str) -> str:
        for name, value in self.named.items():
            words = words.replace(f"{{{name}}}", value)
        return words

    async def asks(self, who: Account, request: str, body: Any = None) -> tuple[int, str]:
        method, _, path = self.filled(request).partition(" ")
        told = None if method in {"GET", "DELETE"} else json.loads(self.filled(json.dumps(body)))
        async with self.hub.desk(who) as http, http.request(method, path, json=told) as answer:
            return answer.status, (await answer.read()).decode("utf8", "replace")

    async def makes(self) -> None:
        for request, body in MADE.items():
            status, told = await self.asks(self.admin, request, body)
            assert status in {200, 201}, (request, status, told)
            if request == "POST /api/blocks":
                self.named["block"] = json.loads(told)["id"]
            if request.endswith("/cases"):
                self.named["case"] = json.loads(told)["case"]["number"]

    async def everything(self) -> dict[str, str]:
        """All lists as its own administrator sees them."""
        return {each: (await self.asks(self.admin, each))[1] for each in sorted(SHOWN)}


@pytest.fixture(params=["РМ", "МР"], ids=["own", "other"])
async def side(hub: Hub, request: pytest.FixtureRequest) -> Side:
    made = Side(hub, *request.param)
    await made.makes()
    return made


async def test_no_list_holds_what_is_another_centres(side: Side) -> None:
    # F6
    for each, told in (await side.everything()).items():
        assert any(mark in told for mark in side.marks), each
    for role in (Role.OPERATOR, Role.SENIOR, Role.SUPERVISOR, Role.ADMIN):
        for each in sorted(LISTS):
            told = (await side.asks(Account(role, side.other, ""), each))[1]
            assert not [mark for mark in side.marks if mark in told], (role, each)


async def test_no_write_touches_what_is_another_centres(side: Side) -> None:
    # F6: by whoever may do it at his own centre, with a body that would be taken there
    before = await side.everything()
    for role in (Role.SUPERVISOR, Role.ADMIN):
        for request, body in THINGS.items():
            status, told = await side.asks(Account(role, side.other, ""), request, body)
            assert status < 500, (role, request, status, told)
            assert "bad_request" not in told, (role, request, told)
            assert MINE not in told, (role, request)
            assert NUMBER not in told, (role, request)
    assert await side.everything() == before


def test_every_request_has_an_answer() -> None:
    # F6: what is new must say what it owes to another centre
    there = {f"{each.method} {each.path}" for each in ENDPOINTS if not (each.public or is_common(each) or is_of_a_conversation(each))}
    assert there - answered() == set(), "say in tests/apart.py what another centre may do with it"
    assert answered() - there == set()
    assert not [path for path in ELSEWHERE.values() if not (ROOT / path).exists()]


async def test_what_was_kept_before_is_common_to_the_hub(hub: Hub) -> None:
    # F6: it goes on as it was, its own centre keeps it, and others learn neither whom it is about nor why
    side, here, there = Side(hub, "Р", "М"), Account(Role.SUPERVISOR, "Р", ""), Account(Role.SUPERVISOR, "М", "")
    old = {"type": "block", "id": "old", "family": "sms", "pattern": NUMBER, "effect": "refuse", "reason": MINE, "by": "boss",
           "since": NOW, "until": NOW + timedelta(days=7)}
    await hub.store.put(decode(encode(old), type=Block))

    async def listed(who: Account) -> list[Any]:
        return list(json.loads((await side.asks(who, "GET /api/blocks"))[1]))

    async def is_read() -> bool:
        return bool(await listed(here))

    await eventually(is_read)  # as what another process has written
    (own,), (foreign,) = await listed(here), await listed(there)
    assert (own["pattern"], own["reason"], own["centre"], own["own"]) == (NUMBER, MINE, "", True)
    assert (foreign["pattern"], foreign["reason"], foreign["holds"], foreign["own"]) == ("•••", "", True, False)
    assert (await side.asks(there, "POST /api/blocks/old/lift", {}))[0] == 404
    for path, body in (("scorecards/standard", CARD), ("questionnaires/service-quality", FORM)):
        assert json.loads((await side.asks(there, f"GET /api/{path}"))[1])["own"] is False
        assert (await side.asks(there, f"PUT /api/{path}", body | {"version": 1}))[0] == 409
        assert json.loads((await side.asks(here, f"PUT /api/{path}", body | {"version": 1}))[1])["centre"] == ""
    assert (await side.asks(here, "POST /api/blocks/old/lift", {}))[0] == 200


async def comes(hub: Hub, source: str) -> int:
    """Status of a new chat from an address."""
    async with (aiohttp.ClientSession(connector=aiohttp.TCPConnector(local_addr=(source, 0))) as http,
                http.post(f"{hub.address}/chat/sessions", json={}) as answer):
        return answer.status


async def test_another_centres_network_block_refuses_nobody_here(hub: Hub) -> None:
    # F6: who comes anew is the hub's own centre's
    side = Side(hub, "Р", "М")
    body = {"family": "web", "pattern": "127.0.0.90/32", "reason": "боты"}
    assert (await side.asks(Account(Role.SUPERVISOR, "М", ""), "POST /api/blocks", body))[0] == 200
    assert await comes(hub, "127.0.0.90") == 200
    assert (await side.asks(Account(Role.SUPERVISOR, "Р", ""), "POST /api/blocks", body))[0] == 200
    assert await comes(hub, "127.0.0.90") == 403


async def test_what_a_block_would_concern_is_counted_of_ones_own_centre(hub: Hub) -> None:
    # F6
    side = Side(hub, "Р", "М")
    who, body = Account(Role.SUPERVISOR, "М", ""), {"family": "web", "pattern": f"somebody-{hub.waiting['Р']}"}
    assert json.loads((await side.asks(who, "POST /api/blocks/affected", body))[1])["conversations"] == 0
    assert json.loads((await side.asks(Account(Role.SUPERVISOR, "Р", ""), "POST /api/blocks/affected", body))[1])["conversations"] == 1
