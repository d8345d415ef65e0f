"""The next time with too few in the roster calls on the floor, and goes when a roster is published (SL-01)."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta

import pytest
from msgspec.structs import replace
from playwright.async_api import expect

from bots.russian import Russian
from storage.sqlite import SqliteStore
from tests.browser.stage import Stage
from tests.browser.test_accessibility import look
from tests.house import Clerk, House, People, house_in
from tests.past import today
from tests.workforce.planned import roster_now

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A published roster of a week with one shift."""
    folder = tmp_path_factory.mktemp("house")
    data = folder / "data"

    async def write() -> None:
        store = SqliteStore(data / "okno.db", Russian())
        await store.exchange((), (), new=(replace(roster_now("olga"), first=today() - timedelta(days=1)),))
        await store.close()
    data.mkdir(parents=True)
    asyncio.run(write())
    with house_in(folder) as running:
        yield running


async def test_the_floor_names_the_next_time_with_too_few_people(stage: Stage, crowd: People, admin: Clerk) -> None:  # SL-01
    boss = await crowd.clerk(admin, "supervisor")
    desk = await stage.signed_in(boss.login, **look("wide"))
    await desk.page.evaluate("() => { location.hash = '#/floor'; }")
    told = desk.page.get_by_text("в графике 0, нужно 1").first
    await expect(told).to_be_visible()
    await expect(desk.page.get_by_text("001 · ").first).to_be_visible()
    (alarm,) = [each for each in await boss.does("GET", "/api/floor/alarms") if each["trouble"] == "shortage"]
    assert alarm["mine"]
    await boss.does("POST", f"/api/floor/alarms/{alarm['id'].replace('/', '%2F')}/acknowledge", {"word": "ищу замену"})
    await expect(desk.page.get_by_text("Ещё 1, ими занимаются Supervisor").first).to_be_visible()
