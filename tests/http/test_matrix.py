"""Every request and frame for every role, level, own and other centre, contractors included, against docs/access.md (SE-01, SE-05, LV-07)."""

import asyncio
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any, get_args

import pytest
from aiohttp import web
from msgspec import json
from yarl import URL

from channels.web import chat
from channels.web.case_pages import CasePages
from channels.web.handbook.pages import HandbookPages
from channels.web.open311 import Open311, Open311Settings
from channels.web.open_data_pages import OpenDataPages
from channels.web.survey_pages import SurveyPages
from hub.access.operator import Role, SignIn
from hub.access.permissions import Permission, UndeclaredError
from hub.desk.http.endpoint import Call, endpoint
from hub.desk.http.parts import Parts
from hub.desk.http.session_cookie import SessionCookie
from hub.desk.live.open_desks import OpenDesk
from hub.desk.rooms import ENDPOINTS, FromDesk, ToDesk
from hub.desk.server import routes as desk_routes
from hub.desk.sign_in.sso import SingleSignOn
from okno.commands.access import COMMANDS, OPEN, outside, page, run_by
from okno.commands.cli import parser
from okno.config import Listen
from okno.faults.config_error import ConfigError
from okno.lines import Centres
from okno.serving.http_server import web_application
from okno.serving.leader_proxy import LeaderProxy
from tests.channels.line import Line
from tests.http.test_roles import path_of
from tests.matrix import ACCOUNTS, BLIND, NOW, PAGE, QUEUES, SEEING, Account, Hub, configured, hub_in, needs, rights
from tests.test_docs import commands

REQUESTS, FRAMES, RIGHTS = needs("Рабочее место: запросы"), needs("Рабочее место: кадры сокета"), rights()
REFUSALS = {"forbidden", "federal", "contractor"}
ABOUT = "{conversation}"
SIGNS_OUT = "DELETE /api/session"
ASSETS = tuple(f"GET /{room}/assets/" for room in ("case", "handbook", "open-data", "survey"))
AHEAD = 16
"""Requests that are sent before the first of them is answered."""
CRLF = "\r\n"


def told(who: Account, named: list[str], *, elsewhere: bool = False) -> bool:
    """Whether the page says that he may."""
    return any(RIGHTS[each].grants(who, elsewhere=elsewhere) for each in named)


def places(who: Account) -> tuple[str, str]:
    """His own centre, and another: which of both others alternates, so that each role is tried from each centre in each of the others."""
    levels = list(QUEUES)
    turn = (list(Role).index(who.role) + ["", SEEING, BLIND].index(who.contractor)) % 2
    return who.level, levels[(levels.index(who.level) + 1 + turn) % len(levels)]


def cells(hub: Hub, who: Account) -> list[tuple[str, str, str, bool]]:
    """Each request that there is: its name, method, path, and whether it is about another centre. Signing out comes last."""
    found = []
    for each in sorted(ENDPOINTS, key=lambda each: f"{each.method} {each.path}" == SIGNS_OUT):
        name = f"{each.method} {each.path}"
        if each.public:
            continue
        asks = ABOUT in each.path or each.path.startswith("/api/files/")
        # What waits may be looked at; taking it would hand it over, so that is tried with what is over.
        there = hub.over if each.path.endswith("/take") else hub.waiting
        for level, conversation in ((level, there[level]) for level in places(who)) if asks else [(who.level, 0)]:
            path = path_of(each).replace("/conversations/1", f"/conversations/{conversation}")
            found.append((name, each.method, f"{path}?conversation={conversation}" if "/files/" in path else path, level != who.level))
    return found


async def replies(address: str, headers: Mapping[str, str], asked: list[tuple[str, str]]) -> list[tuple[int, str]]:
    """Status and, where it is a refusal, code of requests with an empty body, one after the other on one connection (RFC 9112 9.3.2).

    A client that knows all of HTTP costs more than the hub's own work.
    """
    url = URL(address)
    reader, writer = await asyncio.open_connection(url.host, url.port)
    head = "".join(f"{name}: {value}\r\n" for name, value in ({"Host": url.authority} | dict(headers)).items())
    found: list[tuple[int, str]] = []
    for batch in (asked[at:at + AHEAD] for at in range(0, len(asked), AHEAD)):
        for method, path in batch:
            body = "" if method == "GET" else "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
            writer.write(f"{method} {URL(path).raw_path_qs} HTTP/1.1\r\n{head}{body or CRLF}".encode())
        for _ in batch:
            first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().splitlines()
            told = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
            content = await _content(reader, told)
            status = int(first.split()[1])
            said = json.decode(content) if status == HTTPStatus.FORBIDDEN else {}
            found.append((status, said.get("error") or said.get("detail", "").partition(":")[0]))  # SCIM has a form of its own
    writer.close()
    await writer.wait_closed()
    return found


async def _content(reader: asyncio.StreamReader, told: Mapping[str, str]) -> bytes:
    """The body of an answer with these headers."""
    if told.get("transfer-encoding") != "chunked":
        return await reader.readexactly(int(told.get("content-length", "0")))
    content = b""
    while size := int(await reader.readuntil(b"\r\n"), 16):
        content += (await reader.readexactly(size + 2))[:-2]
    await reader.readexactly(2)
    return content


async def test_every_request_is_as_the_page_says(tmp_path: Path) -> None:
    # SE-01, SE-05, FD-04, LV-07, D1, D19
    async with hub_in(tmp_path) as hub:
        wrong, counted = [], 0
        for who in ACCOUNTS:
            tries = cells(hub, who)
            answers = await replies(hub.address, {"Cookie": f"okno={who.login}", "X-CSRF-Token": "csrf", "Origin": hub.address}, [(method, path) for _, method, path, _ in tries])
            for (name, _, _, elsewhere), (status, code) in zip(tries, answers, strict=True):
                may = status < 500 and not (status == 403 and code in REFUSALS)
                if status in {401, 500} or may is not told(who, REQUESTS[name], elsewhere=elsewhere):
                    wrong.append((who, name, "другой центр" if elsewhere else "свой", status, code))
            counted += len(tries)
        assert not wrong, wrong[:20]
    about = sum(ABOUT in name or "/files/" in name for name in REQUESTS)
    assert counted == len(ACCOUNTS) * (len(REQUESTS) + about)


async def test_every_frame_to_a_desk_is_as_the_page_says(tmp_path: Path) -> None:
    # SE-01, SE-05
    authorization = Centres(configured(tmp_path)).authorization
    for who in ACCOUNTS:
        operator = who.operator()
        screen = OpenDesk(operator, SignIn("", who.login, "", NOW, NOW), authorization)
        for union, to in ((ToDesk, "оператору"), (FromDesk, "от оператора")):
            for frame in get_args(union):
                name = f"{frame.__struct_config__.tag}` {to}"
                assert (screen.refusal(frame) is None) is told(who, FRAMES[name.replace("`", "")]), (who, name)


async def test_every_frame_from_a_desk_is_as_the_page_says(tmp_path: Path) -> None:
    # SE-01, SE-05, FD-04, LV-07
    sent: dict[str, dict[str, Any]] = {"watch": {}, "typing": {}, "seen": {"id": "1"}, "floor": {"on": True}, "writing": {}, "shown": {"yes": True}}
    assert set(sent) == {name.removesuffix(" от оператора") for name in FRAMES if name.endswith(" от оператора")}
    async with hub_in(tmp_path) as hub:
        for who in ACCOUNTS:
            async with hub.desk(who) as http, http.ws_connect("/api/socket") as socket:
                line = Line(socket)
                await line.hear("hello")
                for (kind, more), (level, conversation) in ((each, place) for each in sent.items() for place in hub.waiting.items()):
                    await line.send(type=kind, **({} if kind in {"floor", "writing", "shown"} else {"conversation": str(conversation)}), **more)
                    await line.send(type="watch", conversation="none")  # its answer comes after that of the first
                    codes: list[str] = []
                    while not codes or codes[-1] != "bad_frame":
                        codes.append((await line.hear("error"))["code"])
                    # Typing and reading count for whoever holds it alone: elsewhere they are nothing, and so is their answer.
                    elsewhere = kind == "watch" and level != who.level
                    may = told(who, FRAMES[f"{kind} от оператора"], elsewhere=elsewhere)
                    assert (not REFUSALS.isdisjoint(codes)) is not may, (who, kind, level, codes)


def test_the_page_is_current() -> None:
    assert PAGE.read_text(encoding="utf8") == page(), "run `make types`"


def test_every_endpoint_frame_and_permission_is_on_the_page() -> None:
    # SE-01: what is new is on the page, and so in the matrix
    assert set(REQUESTS) == {f"{each.method} {each.path}" for each in ENDPOINTS if not each.public}
    assert len(FRAMES) == len(get_args(ToDesk)) + len(get_args(FromDesk))
    assert set(RIGHTS) == {each.value for each in Permission}
    assert all(REQUESTS.values())
    assert all(FRAMES.values())


def test_every_command_is_on_the_page() -> None:
    assert {name.removeprefix("okno ") for name, _ in commands(parser())} == set(COMMANDS)
    with pytest.raises(UndeclaredError, match="okno steal"):
        run_by("steal")


class Nothing(Parts):
    """Whoever asks for a part gets none: nothing is called."""

    def bound(self, what: str, hints: Mapping[str, Any]) -> dict[str, Any]:
        return dict.fromkeys(hints)


def test_no_other_way_in_is_registered() -> None:
    # SE-01: all routes of the real application, and those of a channel apart
    nobody: Any = None  # nothing is called
    cases = CasePages(nobody, day=str, named=str, federal=False, limited=False)
    open311 = Open311(Open311Settings(), nobody, {}, nobody, nobody, named=str, federal=False, limited=False, address="")
    surveys = SurveyPages(nobody, keeper="", limited=False, secure=False)
    handbook = HandbookPages(nobody, nobody, nobody, nobody, topic=str, place=str, centre="", origin="", chat=True, limited=False)
    own = (*cases.routes(), *surveys.routes(), *open311.routes(), *handbook.routes(), *OpenDataPages(nobody, "", "").routes())
    sso = SingleSignOn(nobody, nobody, nobody, nobody, nobody, nobody, SessionCookie(secure=False), nobody)
    application = web_application([*desk_routes(Nothing(), nobody), *sso.routes(), *own], nobody, nobody, Listen())
    there = {f"{route.method} {route.resource.canonical if route.resource else ''}" for route in application.router.routes() if route.method != "HEAD"}
    there |= {f"{route.method} {route.path}" for route in LeaderProxy(Listen(), None).routes()}
    static = {"GET /desk/", *(each for each in there if each.startswith(ASSETS))}
    assert there - static - set(REQUESTS) <= set(OPEN), there - set(REQUESTS) - set(OPEN)
    assert {each for each in OPEN if "{" not in each} <= there


@pytest.mark.parametrize("path", ["/api/more", "/desk/more", "/desk", "/healthz", "/metrics"])
def test_no_channel_stands_where_operators_do(path: str) -> None:
    # SE-01
    async def handler(_: web.Request) -> web.Response:
        return web.Response()

    with pytest.raises(ConfigError, match=path):
        outside([web.get(path, handler)])
    nobody: Any = None
    assert outside(routes := chat.connect({}, nobody, nobody, nobody, limited=False).routes()) is routes


def test_an_endpoint_without_a_permission_does_not_start() -> None:
    # SE-01: default deny
    async def more(call: Call) -> None: ...

    with pytest.raises(UndeclaredError, match="GET /api/more"):
        endpoint("GET", "/api/more")(more)
