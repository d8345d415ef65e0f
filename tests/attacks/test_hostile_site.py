"""A hostile site in the browser of an operator who is signed in: forged requests, sockets, frames (SE-01, SE-02).

One site is another's altogether. The other is a neighbour on the same host, whose requests a browser sends with the cookie, for
SameSite does not know ports: there the key of the form and the origin alone protect.
"""

import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import aiohttp
import pytest
from playwright.async_api import BrowserContext, Page

from hub.desk.rooms import ENDPOINTS
from tests.browser.stage import Desk, Stage
from tests.house import ADMIN, House, People
from tests.http.test_roles import path_of

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

CHANGES = [each for each in ENDPOINTS if each.method != "GET"]
ATTACK = """async ([base, calls]) => {
    const outcomes = [];
    for (const [method, path] of calls) {
        const tries = [
            {method: 'POST', mode: 'no-cors', body: '{}', headers: {'Content-Type': 'text/plain'}},
            {method: 'POST', mode: 'no-cors', body: new Blob(['{}'])},
            {method: 'POST', mode: 'no-cors', body: new URLSearchParams({csrf: 'x'})},
            {method, mode: 'cors', body: '{}', headers: {'Content-Type': 'application/json'}},
            {method, mode: 'cors', body: '{}', headers: {'Content-Type': 'application/json', 'X-CSRF-Token': 'guess'}},
        ];
        for (const each of tries) {
            try {
                const answer = await fetch(base + path, {credentials: 'include', ...each});
                outcomes.push(`${answer.type}${answer.status}`);
            } catch (error) { outcomes.push('blocked'); }
        }
        navigator.sendBeacon(base + path, new Blob(['{}'], {type: 'text/plain'}));
        const form = Object.assign(document.createElement('form'), {method: 'post', action: base + path, enctype: 'text/plain', target: 'sink'});
        form.innerHTML = `<input name='{"a":"' value='"}'>`;
        document.body.append(form);
        form.submit();
        await new Promise((done) => { document.getElementsByName('sink')[0].onload = done; });
        form.remove();
    }
    return [...new Set(outcomes)];
}"""
READ = """async ([base, paths]) => {
    const read = [];
    for (const path of paths) {
        try { read.push(await (await fetch(base + path, {credentials: 'include'})).text()); } catch (error) { /* not to be read */ }
    }
    return read;
}"""
SOCKET = """(address) => new Promise((told) => {
    const socket = new WebSocket(address);
    socket.onopen = () => told('open');
    socket.onerror = () => told('refused');
})"""


@pytest.fixture(scope="module", params=["localhost", "127.0.0.1"], ids=["another site", "a neighbour"])
def hostile(request: pytest.FixtureRequest) -> Iterator[str]:
    class Site(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(b"<!doctype html><title>Prizes</title><iframe name=sink></iframe>")

        def log_message(self, *_: object) -> None:
            """Nobody asked."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://{request.param}:{server.server_port}/"
    server.shutdown()
    thread.join()
    server.server_close()


async def visited(stage: Stage, crowd: People, hostile: str) -> Page:
    """An operator's browser, in which another tab has the hostile site open."""
    await crowd.admin()  # whoever comes first changes the one-time password
    desk: Desk = await stage.signed_in(ADMIN)
    stage.pardon(re.compile(""))  # what is blocked is told on the console
    context: BrowserContext = desk.page.context
    tab = await context.new_page()
    await tab.goto(hostile)
    return tab


OWN = {"sign_in", "audit"}
"""What the test itself does."""


async def commits(house: House) -> float:
    async with aiohttp.ClientSession() as http, http.get(house.base + "/metrics") as answer:
        found = re.search(r"^okno_store_commits_total (\S+)", await answer.text(), re.MULTILINE)
        assert found
        return float(found[1])


async def test_no_change_is_made_for_a_hostile_site(stage: Stage, crowd: People, hub: House, hostile: str) -> None:
    tab = await visited(stage, crowd, hostile)
    before = await commits(hub)
    calls = [[each.method, path_of(each)] for each in CHANGES] + [["POST", "/form"], ["POST", "/form/look"], ["POST", "/api/sso/logout"]]
    outcomes: list[str] = await tab.evaluate(ATTACK, [hub.base, calls])
    assert set(outcomes) == {"opaque0", "blocked"}
    # Nothing was stored but that it was tried.
    admin = await crowd.admin()
    tried: list[dict[str, Any]] = []
    made = int(await commits(hub) - before)
    while len(tried) < made:
        tried += await admin.does("GET", f"/api/audit?before={tried[-1]['id'] if tried else 0}")
    assert {(audit_entry["what"], audit_entry["detail"]) for audit_entry in tried[:made] if audit_entry["what"] not in OWN} <= {("refused", "bad_csrf")}
    # The session is there still, and good.
    assert await tab.evaluate(READ, [hub.base, ["/api/me", "/api/inbox?view=recent", "/api/audit", "/api/operators", "/metrics"]]) == []


async def test_no_socket_is_opened_for_a_hostile_site(stage: Stage, crowd: People, hub: House, hostile: str) -> None:
    tab = await visited(stage, crowd, hostile)
    assert await tab.evaluate(SOCKET, hub.base.replace("http", "ws") + "/api/socket") == "refused"


@pytest.mark.parametrize("path", ["/desk/", "/", "/form", "/api/me", "/form/look", "/api/openapi.json", "/nowhere"])
async def test_no_page_is_shown_in_a_hostile_frame(stage: Stage, crowd: People, hub: House, hostile: str, path: str) -> None:
    tab = await visited(stage, crowd, hostile)
    for address in (hub.base + path, hostile + "framed"):
        await tab.evaluate("""(address) => new Promise((done) => {
            document.body.append(Object.assign(document.createElement('iframe'), {src: address, onload: done}));
        })""", address)
    shown = [frame.url for frame in tab.frames]
    assert hostile + "framed" in shown  # what may be framed is there
    assert not [each for each in shown if each.startswith(hub.base)]


async def test_a_hostile_opener_has_no_hold_on_the_desk(stage: Stage, crowd: People, hub: House, hostile: str) -> None:
    tab = await visited(stage, crowd, hostile)
    async with tab.context.expect_page() as opened:
        await tab.evaluate("(address) => { window.victim = window.open(address); }", hub.base + "/desk/")
    await (await opened.value).wait_for_load_state()
    assert await tab.evaluate("() => window.victim.closed")  # as Cross-Origin-Opener-Policy has it seem


async def test_the_attack_is_one(stage: Stage, crowd: People, hub: House, hostile: str) -> None:
    """The same, made by the desk itself with its key, changes something: so the hub would notice."""
    await crowd.admin()
    desk = await stage.signed_in(ADMIN)
    before = await commits(hub)
    told: Any = await desk.page.evaluate("""async () => {
        const csrf = (await (await fetch('/api/me')).json()).csrf;
        return (await fetch('/api/articles/made', {method: 'PUT', headers: {'X-CSRF-Token': csrf, 'Content-Type': 'application/json'},
              body: JSON.stringify({title: 'x', text: 'x', questions: [], topic: 'other', body: '', valid_from: '2026-01-01'})})).status;
    }""")
    assert told == 200
    assert await commits(hub) != before
