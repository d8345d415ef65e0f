"""One browser a session, one hub a module, one stage a test."""

import os
import threading
from collections.abc import AsyncIterator, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from tests.browser.stage import SHELL, Desk, Stage, chromium
from tests.house import Clerk, House, People, people
from tests.missing_programs import need_file

ROOT = Path(__file__).parents[2]
AXE = ROOT / "hub/desk/ui/node_modules/axe-core/axe.min.js"
QUEUES = ("general", "documents", "social")
PAGES = (ROOT / "hub/desk/static/index.html", ROOT / "channels/web/static/index.html")


def need(path: Path, why: str) -> None:
    """Skip where it is missing; on the build server that is a failure."""
    if path.exists():
        return
    if os.environ.get("CI") == "true":
        pytest.fail(f"{path}: {why}")
    pytest.skip(f"{path}: {why}")


@pytest.fixture(scope="session")
def pages() -> None:
    for page in PAGES:
        need(page, "the front ends are not built")


@pytest.fixture(scope="session")
def axe() -> str:
    """The source of the accessibility checker."""
    need(AXE, "npm ci in hub/desk/ui brings axe-core")
    return AXE.read_text(encoding="utf8")


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser(pages: None) -> AsyncIterator[Browser]:
    need_file(Path("/usr/bin") / SHELL, SHELL)
    async with chromium() as running:
        yield running


@pytest.fixture(scope="module")
def hub(pages: None, house: House) -> Iterator[House]:
    """The module's hub; it must not have complained by the end."""
    yield house
    assert house.complaints() == []


@pytest_asyncio.fixture(loop_scope="session")
async def stage(browser: Browser, hub: House) -> AsyncIterator[Stage]:
    async with Stage(browser, hub) as open_stage:
        yield open_stage


@pytest_asyncio.fixture(loop_scope="session")
async def crowd(hub: House) -> AsyncIterator[People]:
    """Citizens and clerks without a browser."""
    async with people(hub) as present:
        yield present


@pytest_asyncio.fixture(loop_scope="session")
async def admin(crowd: People) -> AsyncIterator[Clerk]:
    """At the end of the test nobody waits and nobody is served."""
    clerk = await crowd.admin()
    yield clerk
    # Held first: what somebody who has just left still holds may go back into the line at any moment, and is then found there.
    for view in ("held", "waiting"):
        for conversation in (await clerk.does("GET", f"/api/inbox?view={view}"))["conversations"]:
            status, answer = await clerk.act(conversation["id"], "close", {"topic": "other"})
            if status != 200 and answer["error"] == "promise_open":  # of a form: its answer is owed
                await clerk.act(conversation["id"], "transfer", {"queue": "general"})
                await clerk.act(conversation["id"], "take")
                await clerk.act(conversation["id"], "withdraw", {"note": "конец рассказа"})
                status, answer = await clerk.act(conversation["id"], "close", {"topic": "other"})
            assert status == 200, answer


@pytest_asyncio.fixture(loop_scope="session")
async def desk(stage: Stage, crowd: People, admin: Clerk) -> AsyncIterator[Desk]:
    """The desk of an operator of this test alone, who may do everything."""
    clerk = await crowd.clerk(admin, "admin", QUEUES)
    yield await stage.signed_in(clerk.login)
    # What somebody who leaves still holds goes back into the line, before the next test's own.
    for row in (await clerk.does("GET", "/api/inbox"))["conversations"]:
        await clerk.act(row["id"], "close", {"topic": "other"})
    await clerk.does("PUT", "/api/presence", {"presence": "offline"})


@pytest.fixture
def site(hub: House) -> Iterator[str]:
    """Somebody else's site with one script tag of ours, and a policy as strict as a site can have that embeds it."""
    socket = hub.base.replace("http", "ws")
    policy = f"default-src 'none'; script-src {hub.base}; connect-src {hub.base} {socket}; img-src {hub.base}"
    body = ("<!doctype html><html lang='ru'><meta charset='utf-8'><title>Сайт города</title><body><main><h1>Сайт города</h1></main>"
            f"<script src='{hub.base}/chat/widget.js' async></script></body></html>").encode()

    class Site(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            there = self.path == "/"
            self.send_response(200 if there else 204)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Security-Policy", policy)
            self.end_headers()
            self.wfile.write(body if there else b"")

        def log_message(self, *_: object) -> None:
            """Nobody asked."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    thread.join()
    server.server_close()
