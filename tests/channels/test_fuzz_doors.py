"""Whatever comes to the form, the hook or the door of SMS by HTTP, the hub answers in words and does not fail (SE-01, SE-02)."""

import json
from collections.abc import AsyncIterator
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode, urlsplit

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.russian import Russian
from channels.sms import http as sms_http
from channels.web import form, hook, rasa
from channels.web.appeal import grouped, new_code
from hub.conversations.ports import Channel, Store
from hub.intake.ports import Intake
from hub.kernel.ports import Files
from tests.channels.noise import FUZZ, JSON, TEXTS, ask, damaged, frames_like, percent
from tests.channels.room import ValvedMemory, room_with
from tests.channels.served import served
from tests.channels.test_web_form import sheet
from tests.channels.test_web_hook import secrets
from tests.peers.partner import send
from tests.peers.sms_provider import SECRET, Provider

MARKUP = st.lists(st.sampled_from([
    "<script>alert(1)</script>", "</textarea>", "</li>", '"><img src=x onerror=alert(1)>', "' onmouseover='x", "<!--", "]]>", "&lt;", "&#60;", "&",
    "\n", "\r", "</title>", "javascript:alert(1)", "<svg/onload=x>", "{text}", "data: x\n\nevent: state", "\u2028", "ы", " "]), max_size=6).map("".join)
HEADERS = st.dictionaries(
    st.sampled_from([b"Origin", b"Content-Type", b"Accept", b"Last-Event-ID", b"Content-Encoding", b"Cookie", b"webhook-id", b"webhook-timestamp",
                     b"webhook-signature", b"X-Forwarded-For"]),
    st.one_of(st.binary(max_size=30), st.sampled_from([b"gzip", b"multipart/form-data", b"multipart/form-data; boundary=", b"application/json",
                                                       b"application/x-www-form-urlencoded; charset=x", b"multipart/form-data; boundary=x", b"9" * 30, b"v1,AA"]))
    .map(lambda value: value.translate(None, b"\r\n\0")))
PARTS = st.lists(st.sampled_from([
    b"--x\r\n", b"--x--\r\n", b"--x", b"\r\n", b'Content-Disposition: form-data; name="text"\r\n\r\n', b'Content-Disposition: form-data; name="key"\r\n\r\n',
    b'Content-Disposition: form-data; name="files"; filename="a"\r\n\r\n', b"Content-Transfer-Encoding: base64\r\n", b"Content-Encoding: gzip\r\n",
    b"Content-Type: multipart/mixed; boundary=y\r\n\r\n", b"--y\r\n", b"\xff\xfe", b"A" * 20, "ы".encode()]), max_size=12).map(b"".join)


class Tags(HTMLParser):
    """The elements of a page, their attributes and all text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: set[str] = set()
        self.text = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.text += data


def at(base: str) -> Any:
    return SimpleNamespace(listen=urlsplit(base).netloc)


@pytest.fixture
async def the_form(tmp_path: Path, russian: Russian) -> AsyncIterator[str]:
    def connected(intake: Intake, store: Store, files: Files) -> Channel:
        return form.connect({}, intake, store, files, limited=False)

    async with room_with(connected, ValvedMemory, tmp_path, russian) as room, served(room) as base:
        yield base


@FUZZ
@given(
    method=st.sampled_from(["GET", "POST", "PUT", "HEAD"]), headers=HEADERS, body=st.one_of(PARTS, st.binary(max_size=100)),
    path=st.sampled_from([b"/form", b"/form/look", b"/form/consent", b"/form/AAAAA-AAAAA-AAAAA-AAAAA", b"/form/" + b"A" * 20 + b"/events",
                          b"/form/" + b"A" * 20 + b"/files/" + b"a" * 64, b"/form/assets/", b"/form/assets/../form.py", b"/form/"]),
    tail=st.one_of(st.just(""), TEXTS), query=st.dictionaries(st.sampled_from(["lang", "after", "x"]), TEXTS))
async def test_any_request_to_the_form(
    the_form: str, method: str, headers: dict[bytes, bytes], body: bytes, path: bytes, tail: str, query: dict[str, str],
) -> None:
    target = path + percent(tail)[:2000] + b"?" + b"&".join(name.encode() + b"=" + percent(told)[:2000] for name, told in query.items())
    assert await ask(at(the_form), method, target, headers, body) < 500


@FUZZ
@given(body=damaged(PARTS))
async def test_any_parts_of_a_form(the_form: str, body: bytes) -> None:
    assert await ask(at(the_form), "POST", b"/form", {b"Content-Type": b"multipart/form-data; boundary=x"}, body) in {303, 400, 413, 415, 422}


@FUZZ
@given(text=MARKUP, name=MARKUP)
async def test_no_text_becomes_part_of_a_page(the_form: str, text: str, name: str) -> None:
    # SE-01: on the form that is refused, on the page of the conversation, and in its events
    key = new_code()
    async with aiohttp.ClientSession() as http:
        async with http.get(the_form + "/form") as answer:
            plain = Tags(await answer.text())
        async with http.post(the_form + "/form", data=sheet(key, text, name=name, consent="", email=name, reply="email")) as answer:
            refused = Tags(await answer.text())
            assert answer.status == 422
        assert set(refused.tags) <= set(plain.tags) | {"div", "ul", "li", "p", "h2"}
        assert refused.attributes <= plain.attributes | {"role", "tabindex", "aria-invalid", "aria-describedby", "class", "id", "data-test"}
        async with http.post(the_form + "/form", data=sheet(key, text + "x", name=name)) as answer:
            page, shown = await answer.text(), None
            assert answer.status == 200
            shown = Tags(page)
        assert set(shown.tags) <= set(plain.tags) | {"section", "dl", "dt", "dd", "ol", "li", "time", "b", "noscript", "button", "div"}
        assert not {each for each in shown.attributes if each.startswith("on")}
        assert shown.tags.count("script") == 1
        for line in (text + "x").replace("\r\n", "\n").split("\n"):
            assert " ".join(line.split()) in " ".join(shown.text.split())
        async with http.get(f"{the_form}/form/{grouped(key)}/events", headers={"Last-Event-ID": "0"}) as answer:
            async for line in answer.content:
                assert line.partition(b":")[0] in {b"retry", b"event", b"id", b"data", b"\n"}
                if line.startswith(b"event"):
                    assert line in {b"event: message\n", b"event: state\n"}
                if line == b"event: state\n":
                    break


@pytest.fixture
async def the_hook(tmp_path: Path, russian: Russian) -> AsyncIterator[str]:
    def connected(intake: Intake, store: Store, files: Files) -> Channel:
        return hook.connect({"url": "http://127.0.0.1:9/", "secrets": secrets(tmp_path), "body_limit": 1 << 15}, intake, store, files, limited=False)

    async with room_with(connected, ValvedMemory, tmp_path, russian) as room, served(room) as base:
        yield base


@FUZZ
@given(method=st.sampled_from(["GET", "POST", "PUT"]), headers=HEADERS, body=st.binary(max_size=100), path=st.sampled_from([b"/hook/messages", b"/hook/receipts"]))
async def test_any_request_to_the_hook(the_hook: str, method: str, headers: dict[bytes, bytes], body: bytes, path: bytes) -> None:
    assert await ask(at(the_hook), method, path, headers, body) in {0, 400, 401, 405, 413, 415}


@FUZZ
@given(body=damaged(frames_like(("say",), ("from", "text", "name", "thread", "attachments", "id", "state", "why"))),
       like=st.fixed_dictionaries({"from": TEXTS}, optional={"text": TEXTS, "name": TEXTS, "thread": TEXTS, "attachments": JSON}),
       door=st.sampled_from(["messages", "receipts"]), whole=st.booleans())
async def test_any_signed_body(the_hook: str, body: bytes, like: dict[str, object], door: str, whole: bool) -> None:
    async with aiohttp.ClientSession() as http:
        status, answer = await send(http, f"{the_hook}/hook/{door}", "m1", json.dumps(like).encode() if whole else body)
        assert status in {200, 400, 413}
        assert status == 200 or answer["text"]


@pytest.fixture
async def the_rasa_door(tmp_path: Path, russian: Russian) -> AsyncIterator[str]:
    def connected(intake: Intake, store: Store, files: Files) -> Channel:
        return rasa.connect({"poll_s": 0.01}, intake, store, files, limited=False)

    async with room_with(connected, ValvedMemory, tmp_path, russian) as room, served(room) as base:
        yield base


@FUZZ
@given(body=st.one_of(damaged(frames_like(("x",), ("sender", "message", "metadata"))), st.binary(max_size=60),
                      st.fixed_dictionaries({"sender": TEXTS, "message": TEXTS}, optional={"metadata": JSON}).map(lambda told: json.dumps(told).encode())),
       method=st.sampled_from(["GET", "POST", "OPTIONS"]), headers=HEADERS, query=st.dictionaries(st.sampled_from(["sender", "after", "wait_s", "stream"]), TEXTS),
       path=st.sampled_from([b"webhook", b"messages", b"files/" + b"a" * 64, b""]))
async def test_any_request_of_a_client_of_rasa(the_rasa_door: str, body: bytes, method: str, headers: dict[bytes, bytes], query: dict[str, str], path: bytes) -> None:
    target = b"/webhooks/rest/" + path + b"?" + b"&".join(name.encode() + b"=" + percent(told)[:2000] for name, told in query.items())
    assert await ask(at(the_rasa_door), method, target, headers, body) < 500


@pytest.fixture
async def the_sms_door(tmp_path: Path, russian: Russian) -> AsyncIterator[str]:
    provider = Provider("smsc.ru", tmp_path)

    def connected(intake: Intake, store: Store, files: Files) -> Channel:
        return sms_http.connect(provider.settings, intake, store, files, limited=False)

    async with room_with(connected, ValvedMemory, tmp_path, russian) as room, served(room) as base:
        yield base


@FUZZ
@given(body=st.one_of(damaged(frames_like(("x",), ("phone", "mes", "id", "status", "err"))), st.binary(max_size=60),
                      st.dictionaries(st.sampled_from(["phone", "mes", "id", "status"]), MARKUP).map(lambda told: urlencode(told).encode())),
       kind=st.sampled_from([b"application/json", b"application/x-www-form-urlencoded", b"text/plain", b""]), key=st.one_of(st.just(SECRET), TEXTS),
       headers=HEADERS)
async def test_any_webhook_of_a_provider(the_sms_door: str, body: bytes, kind: bytes, key: str, headers: dict[bytes, bytes]) -> None:
    status = await ask(at(the_sms_door), "POST", b"/sms/http?key=" + percent(key)[:2000], headers | {b"Content-Type": kind}, body)
    assert status in ({0, 200, 400, 413, 415} if key == SECRET else {0, 400, 403, 415})
