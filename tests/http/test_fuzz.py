"""Whatever comes through the operators' door, signed in or not, the hub neither fails nor dies (SE-01, SE-02)."""

import json

import msgspec
import pytest
from aiohttp import WSMsgType
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.desk.http.endpoint import Endpoint
from hub.desk.http.session_cookie import COOKIE
from hub.desk.rooms import ENDPOINTS
from tests.channels.noise import FUZZ, JSON, TEXTS, ask, damaged, frames_like, percent, unharmed
from tests.house import Clerk, House, HungUpError, Line

pytestmark = pytest.mark.journeys

LIKELY = st.sampled_from(["admin", "general", "0", "1", "documents", "operator", "ready", "2026-01-01", "a" * 64, "person"])
VALUES = st.one_of(LIKELY, TEXTS, JSON)
HEADERS = st.dictionaries(
    st.sampled_from([b"Content-Type", b"Content-Encoding", b"Accept", b"Origin", b"Range"]),
    st.one_of(st.binary(max_size=20), st.sampled_from([b"gzip", b"text/plain", b"application/json; charset=\xff", b"multipart/form-data"]))
    .map(lambda value: value.translate(None, b"\r\n\0")))


def bodies(what: Endpoint) -> st.SearchStrategy[bytes]:
    """JSON with the fields of an endpoint's body, mostly; sometimes damaged."""
    kind = what.hints.get("body")
    fields = [field.encode_name for field in msgspec.structs.fields(kind)] if kind else []
    like = st.fixed_dictionaries({}, optional=dict.fromkeys(fields, VALUES))
    return damaged(st.one_of(like, JSON).map(lambda value: json.dumps(value).encode()))


def targets(what: Endpoint) -> st.SearchStrategy[bytes]:
    """The endpoint's address with anything in the place of its parameters and in its query."""
    fields = [field.encode_name for field in msgspec.structs.fields(what.hints["query"])] if "query" in what.hints else ["x"]
    # Nobody resets the administrator himself: he would have to sign in again.
    texts = st.one_of(LIKELY.filter(lambda text: text != "admin"), TEXTS).map(lambda text: percent(text)[:3000])
    query = st.dictionaries(st.sampled_from(fields), texts).map(lambda q: b"&".join(name.encode() + b"=" + value for name, value in q.items()))

    def address(parts: list[bytes], query: bytes) -> bytes:
        pieces = what.path.encode().split(b"{")
        path = pieces[0] + b"".join(part + piece.partition(b"}")[2] for part, piece in zip(parts, pieces[1:], strict=True))
        return path + b"?" + query

    return st.builds(address, st.lists(texts, min_size=what.path.count("{"), max_size=what.path.count("{")), query)


def signed_in(clerk: Clerk) -> dict[bytes, bytes]:
    cookie = next(each.value for each in clerk.http.cookie_jar if each.key == COOKIE)
    return {b"Cookie": f"{COOKIE}={cookie}".encode(), b"X-CSRF-Token": clerk.csrf.encode(), b"Content-Type": b"application/json"}


EVERY = pytest.mark.parametrize("what", ENDPOINTS, ids=lambda each: f"{each.method} {each.path}")


@EVERY
@settings(FUZZ, max_examples=30)
@given(data=st.data())
async def test_any_request_of_an_administrator(house: House, admin: Clerk, what: Endpoint, data: st.DataObject) -> None:
    headers = data.draw(HEADERS) if data.draw(st.booleans()) else {}
    if what.path != "/api/session":  # he stays signed in
        headers = signed_in(admin) | headers
    body = data.draw(bodies(what)) if what.method != "GET" else b""
    assert await ask(house, what.method, data.draw(targets(what)), headers, body) < 500
    unharmed(house)


@EVERY
@settings(FUZZ, max_examples=15)
@given(data=st.data())
async def test_any_request_of_a_stranger(house: House, what: Endpoint, data: st.DataObject) -> None:
    headers = data.draw(HEADERS) | {
        b"Cookie": data.draw(st.one_of(st.binary(max_size=40), st.binary(max_size=40).map(lambda value: b"okno=" + value))).translate(None, b"\r\n\0")}
    body = data.draw(bodies(what)) if what.method != "GET" else b""
    status = await ask(house, what.method, data.draw(targets(what)), headers, body)
    assert status < 500
    assert status != 200 or what.path == "/api/session/ways", "a stranger was let in"
    unharmed(house)


FRAMES = damaged(frames_like(("watch", "typing", "seen", "hello"), ("conversation", "id")))


async def throw(admin: Clerk, line: Line, content: bytes, opcode: WSMsgType) -> Line:
    """Send any bytes as a frame; understood or not, the desk goes on, or is told that its frame was wrong."""
    try:
        await line.socket.send_frame(content[:125] if opcode is WSMsgType.PING else content, opcode)
        await line.send(type="watch", conversation="not a number")
        while "not an id: not a number" not in (await line.hear("error"))["text"]:
            pass
    except (HungUpError, ConnectionError) as hung_up:
        assert getattr(hung_up, "code", 1002) in {1002, 1003, 1007, 1009}
        line = await admin.live()
        await line.hear("hello")
    return line


@FUZZ
@given(frames=st.lists(st.tuples(FRAMES, st.sampled_from([WSMsgType.TEXT] * 4 + [WSMsgType.BINARY, WSMsgType.PING])), min_size=1, max_size=5))
async def test_any_frame(house: House, admin: Clerk, frames: list[tuple[bytes, WSMsgType]]) -> None:
    line = await admin.live()
    for content, opcode in frames:
        line = await throw(admin, line, content, opcode)
    await line.close()
    unharmed(house)


@pytest.mark.parametrize("number", ["9" * 19, "9" * 5000, str(2**63), str(-(2**70)), "٣", "1_0", " 1"])
@pytest.mark.parametrize("kind", ["watch", "typing", "seen"])
async def test_numbers_of_no_conversation(house: House, admin: Clerk, kind: str, number: str) -> None:
    line = await admin.live()
    content = {"type": kind, "conversation": number} | ({"id": number} if kind == "seen" else {})
    await throw(admin, line, json.dumps(content).encode(), WSMsgType.TEXT)
    await line.close()
    unharmed(house)


async def test_a_frame_too_large_ends_the_socket_and_nothing_else(house: House, admin: Clerk) -> None:
    line = await admin.live()
    await line.send(type="watch", conversation="x" * (1 << 20))
    assert await line.hung_up() in {1006, 1009}
    assert await (await admin.live()).hear("hello")
    unharmed(house)


async def test_a_body_too_large_is_refused(house: House, admin: Clerk) -> None:
    status, refusal = await admin.call("POST", "/api/conversations/1/reply", {"key": "k", "text": "x" * (10 << 20)})
    assert (status, refusal["error"]) == (413, "too_large")
    unharmed(house)


@pytest.mark.parametrize(("content_type", "status"), [("text/plain", 415), ("application/x-www-form-urlencoded", 415), ("", 415), ("application/json", 400)])
async def test_only_json_is_read(house: House, admin: Clerk, content_type: str, status: int) -> None:
    headers = signed_in(admin) | {b"Content-Type": content_type.encode()}
    assert await ask(house, "PUT", b"/api/presence", headers, b"presence=ready") == status
    unharmed(house)
