"""Whatever comes through the citizens' door, the hub neither fails nor dies (SE-01, SE-02)."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import aiohttp
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hub.conversations.redaction import HIDDEN
from tests.channels.noise import FUZZ, JSON, TEXTS, ask, damaged, frames_like, percent, unharmed
from tests.house import Citizen, House, HungUpError, People, house_in, people

SAID = st.builds(lambda text: json.dumps({"type": "say", "key": "k", "text": text}).encode(), TEXTS)
FRAMES = damaged(st.one_of(frames_like(("say", "typing", "seen", "leave"), ("key", "text", "files", "id")), SAID))
FAULTS = {1002, 1003, 1007, 1009}
"""RFC 6455 §7.4.1: the codes that blame the other end."""
OPCODES = st.sampled_from([aiohttp.WSMsgType.TEXT] * 4 + [aiohttp.WSMsgType.BINARY, aiohttp.WSMsgType.PING])


async def throw(citizen: Citizen, content: bytes, opcode: aiohttp.WSMsgType) -> None:
    """Send any bytes as a frame; whether it is understood or not, the conversation goes on."""
    try:
        await citizen.line.socket.send_frame(content[:125] if opcode is aiohttp.WSMsgType.PING else content, opcode)
        key = await citizen.say("ещё вопрос")
        await citizen.line.hear("stored", key=key)
    except (HungUpError, ConnectionError) as hung_up:
        assert getattr(hung_up, "code", 1002) in FAULTS
        await citizen.connect()
    citizen.line.unheard.clear()


@FUZZ
@given(frames=st.lists(st.tuples(FRAMES, OPCODES), min_size=1, max_size=5))
async def test_any_frame(house: House, at: People, frames: list[tuple[bytes, aiohttp.WSMsgType]]) -> None:
    citizen = await at.citizen()
    await citizen.say("оператор")  # the robot is silent: only acknowledgements come
    for content, opcode in frames:
        await throw(citizen, content, opcode)
    await citizen.line.close()
    unharmed(house)


@FUZZ
@given(name=TEXTS.map(lambda name: name[:300]), text=TEXTS, key=st.text(min_size=1, max_size=100))
async def test_what_is_taken_comes_back_as_it_was(house: House, at: People, name: str, text: str, key: str) -> None:
    citizen = await at.citizen(name=name) if not _broken(name) else await at.citizen()
    await citizen.say(text, key)
    frame = await citizen.line.receive()
    while frame.get("key") != key and frame.get("code") != "bad_frame":
        frame = await citizen.line.receive()
    if frame["type"] == "stored":
        assert [f["text"] for f in await citizen.transcript() if f["author"] == "citizen"] == [text]
    await citizen.line.close()
    unharmed(house)


def _broken(text: str) -> bool:
    return any("\ud800" <= c <= "\udfff" for c in text)


@FUZZ
@given(
    method=st.sampled_from(["GET", "POST", "PUT", "DELETE", "OPTIONS", "HEAD", "PATCH"]),
    path=st.sampled_from([b"/chat/sessions", b"/chat/session", b"/chat/socket", b"/chat/files", b"/chat/files/" + b"a" * 64, b"/chat/", b"/"]),
    tail=st.one_of(st.just(""), TEXTS), query=st.dictionaries(st.sampled_from(["token", "after", "x"]), TEXTS),
    body=st.one_of(st.binary(max_size=100), damaged(JSON.map(lambda value: json.dumps(value).encode()))),
    headers=st.dictionaries(
        st.sampled_from([b"Origin", b"Content-Type", b"X-File-Name", b"X-Forwarded-For", b"Upgrade", b"Sec-WebSocket-Key", b"Cookie",
                         b"Content-Encoding", b"Range", b"If-Modified-Since", b"Sec-WebSocket-Version"]),
        st.one_of(st.binary(max_size=30), st.sampled_from([b"gzip", b"deflate", b"br", b"websocket", b"13", b"http://a.example", b"\xff"]))
        .map(lambda value: value.translate(None, b"\r\n\0"))))
async def test_any_request(
    house: House, method: str, path: bytes, tail: str, query: dict[str, str], body: bytes, headers: dict[bytes, bytes],
) -> None:
    target = path + percent(tail)[:2000] + b"?" + b"&".join(name.encode() + b"=" + percent(value)[:2000] for name, value in query.items())
    assert await ask(house, method, target, headers, body) < 500
    unharmed(house)


async def test_ten_megabytes_of_text_are_refused_in_words(house: House, at: People) -> None:
    citizen = await at.citizen()
    await citizen.say("x" * 8001, "long")
    assert (await citizen.line.hear("error", key="long"))["code"] == "too_long"
    with suppress(ConnectionError):  # the hub may hang up before it has taken everything
        await citizen.say("x" * (10 << 20))
    assert await citizen.line.hung_up() in {1006, 1009}
    assert {frame["code"] for frame in citizen.line.unheard if frame["type"] == "error"} <= {"too_long"}
    await citizen.connect()
    assert await citizen.tell("x" * 8000)
    unharmed(house)


async def test_ten_megabytes_of_body_are_refused(house: House, at: People) -> None:
    citizen = await at.citizen()
    for path, status in [("/chat/sessions", 413), (f"/chat/files?token={citizen.token}", 413)]:
        async with at.http.post(house.base + path, data=b"x" * ((10 << 20) + 1)) as answer:
            assert answer.status == status
    unharmed(house)


# A body that claims to be compressed and is not; one that arrives in two pieces.
async def test_odd_bodies(house: House) -> None:
    for path in (b"/chat/sessions", b"/chat/files?token=x", b"/chat/"):
        assert await ask(house, "POST", path, {b"Content-Encoding": b"gzip"}, b"this is no gzip") == 415
    reader, writer = await asyncio.open_connection(*house.listen.split(":"))
    writer.write(b'POST /chat/sessions HTTP/1.1\r\nHost: x\r\nContent-Length: 16\r\n\r\n{"name":')
    async with people(house) as others:
        await others.citizen()  # the hub has met the first half by now
    writer.write(b' "Anna"}')
    assert (await reader.readline()).split()[1] == b"200"
    writer.close()
    unharmed(house)


@pytest.mark.parametrize("token", ["", "x", "0" * 10_000, "%00", "%ED%A0%80", "%FF"])
async def test_an_unknown_session_is_refused(house: House, token: str) -> None:
    for path in (b"/chat/socket", b"/chat/session", b"/chat/files/" + b"a" * 64):
        assert await ask(house, "GET", path + b"?token=" + token.encode()[:4000]) == 404
    assert await ask(house, "POST", b"/chat/files?token=" + token.encode()[:4000], body=b"x") == 404
    unharmed(house)


@pytest.mark.parametrize("after", ["9" * 19, "9223372036854775808", "0", "00"])
async def test_any_number_may_follow_after(house: House, at: People, after: str) -> None:
    citizen = await at.citizen()
    await citizen.connect(after)
    assert await citizen.tell("вопрос")
    unharmed(house)


@pytest.mark.parametrize("after", ["-1", "x", "9" * 20, "1.5", "٣", "%00"])
async def test_what_is_no_number_may_not(house: House, at: People, after: str) -> None:
    citizen = await at.citizen()
    assert await ask(house, "GET", f"/chat/socket?token={citizen.token}&after=".encode() + percent(after)) == 400


@pytest.fixture(scope="module")
def strict_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """With limits on, and one site that may embed the widget."""
    folder = tmp_path_factory.mktemp("strict")
    config = folder / "okno.toml"
    builtin = Path("okno/demo/okno.toml").read_text(encoding="utf8")
    config.write_text(builtin.replace('driver = "web.chat"', 'driver = "web.chat"\nsettings = { origins = ["https://good.example"] }'))
    with house_in(folder, config, {"OKNO_LIMITS": "on"}) as running:
        yield running


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "https://good.example.evil.example", "http://good.example", "\xff"])
async def test_a_forged_origin_is_refused_everywhere(strict_house: House, origin: str) -> None:
    for method, path in [("POST", b"/chat/sessions"), ("GET", b"/chat/socket?token=x"), ("GET", b"/chat/session?token=x"),
                         ("POST", b"/chat/files?token=x"), ("OPTIONS", b"/chat/sessions"), ("GET", b"/chat/files/" + b"a" * 64)]:
        assert await ask(strict_house, method, path, {b"Origin": origin.encode("latin1")}) == 403
    unharmed(strict_house)


async def test_a_known_origin_is_let_in(strict_house: House) -> None:
    for origin in (b"https://good.example", b"http://" + strict_house.listen.encode()):
        assert await ask(strict_house, "OPTIONS", b"/chat/sessions", {b"Origin": origin}) == 204


async def test_a_flood_of_messages_is_slowed_and_what_was_stored_stays(strict_house: House) -> None:
    async with people(strict_house) as present:
        citizen = await present.citizen()
        for n in range(60):
            await citizen.say("вопрос", str(n))
        outcomes: dict[str, str] = {}
        while len(outcomes) < 60:
            frame = await citizen.line.receive()
            if frame["type"] in {"stored", "error"}:
                outcomes[frame["key"]] = frame.get("code", "stored")
        stored = [key for key, outcome in outcomes.items() if outcome == "stored"]
        assert set(outcomes.values()) == {"stored", "too_fast"}
        assert 20 <= len(stored) <= 25
        assert [f["key"] for f in await citizen.transcript() if f["author"] == "citizen"] == stored
    unharmed(strict_house)


async def test_a_flood_of_sessions_is_slowed(strict_house: House) -> None:
    async with people(strict_house) as present:
        for _ in range(60):
            async with present.http.post(strict_house.base + "/chat/sessions") as answer:
                assert answer.status in {200, 429}
                if answer.status == 429:
                    assert int(answer.headers["Retry-After"]) >= 1
                    break
        else:
            pytest.fail("nobody was slowed")
    unharmed(strict_house)


async def test_a_name_longer_than_any_file_s_is_not_found(house: House) -> None:
    for name in (b"x" * 300, b"%D1%8F" * 200):
        assert await ask(house, "GET", b"/chat/" + name, {}, b"") == 404


DIGITS = st.text(st.sampled_from("0123456789٣３²-– №\u200b"), max_size=24)
NUMBERS = st.one_of(TEXTS, DIGITS, st.just("001-261124-0000042-3"))
CODES = st.one_of(TEXTS, DIGITS, st.sampled_from([HIDDEN, HIDDEN + " ", f" {HIDDEN}", HIDDEN * 40, HIDDEN.encode().decode("latin1"), "%s", "{}", "12345678"]))


# F15 of the security review: what a citizen copies from the chat is «••••••••».
@FUZZ
@given(number=NUMBERS, code=CODES, lang=st.sampled_from(["ru", "en", "xx", ""]))
@example(number="001-261124-0000042-3", code=HIDDEN, lang="ru")
async def test_any_number_and_code(house: House, number: str, code: str, lang: str) -> None:
    sheet = b"number=" + percent(number)[:2000] + b"&code=" + percent(code)[:2000]
    for path in (b"/case", b"/form/look", b"/form", b"/survey/no-such-survey", b"/survey/p/" + b"a" * 24):
        status = await ask(house, "POST", path + b"?lang=" + lang.encode(), {b"Content-Type": b"application/x-www-form-urlencoded"}, sheet)
        assert 0 < status < 500, (path, number, code)
    unharmed(house)
