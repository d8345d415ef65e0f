"""One browser a session, one hub a module, one stage a test."""

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from tests.browser.stage import CHROMIUM, Desk, Stage, chromium
from tests.house import Clerk, House, People, people

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
    need(Path(CHROMIUM), "Chromium is not installed")
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
async def admin(crowd: People) -> Clerk:
    return await crowd.admin()


@pytest_asyncio.fixture(loop_scope="session")
async def desk(stage: Stage, crowd: People, admin: Clerk) -> AsyncIterator[Desk]:
    """The desk of an operator of this test alone, who may do everything; at its end nobody waits and nobody is served."""
    clerk = await crowd.clerk(admin, "admin", QUEUES)
    yield await stage.signed_in(clerk.login)
    await clerk.does("PUT", "/api/presence", {"presence": "offline"})
    for view in ("waiting", "held"):
        for conversation in (await clerk.does("GET", f"/api/inbox?view={view}"))["conversations"]:
            await clerk.act(conversation["id"], "close", {"topic": "other"})
