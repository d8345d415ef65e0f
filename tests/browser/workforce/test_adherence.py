"""A senior's shift at the screen: who did not come, who comes, why somebody need not (SL-01)."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.async_api import expect

from bots.russian import Russian
from storage.sqlite import SqliteStore
from tests.browser.screens import draw
from tests.browser.stage import Stage
from tests.browser.test_accessibility import BOTH, Inspector, look
from tests.house import Clerk, House, People, house_in
from tests.workforce.planned import roster_now

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Olga and Pavel have a shift now."""
    folder = tmp_path_factory.mktemp("house")
    keep_roster(folder / "data", "olga", "pavel")
    with house_in(folder) as running:
        yield running


def keep_roster(data: Path, *logins: str) -> None:
    async def write() -> None:
        store = SqliteStore(data / "okno.db", Russian())
        await store.exchange((), (), new=(roster_now(*logins),))
        await store.close()
    data.mkdir(parents=True)
    asyncio.run(write())


async def test_a_senior_sees_who_comes_and_excuses_who_does_not(stage: Stage, crowd: People, admin: Clerk, axe: str) -> None:
    # SL-01
    people = {login: await crowd.named(admin, login) for login in ("olga", "pavel", "ivan")}
    senior = await crowd.clerk(admin, "senior")
    desk = await stage.signed_in(senior.login, **look("wide"))
    page = desk.page
    await page.evaluate("() => { location.hash = '#/adherence'; }")
    rows = desk.at("adherence-row")
    await expect(rows).to_have_count(2)
    await expect(desk.at("standing")).to_have_text(["нет на линии", "нет на линии"])
    await people["olga"].does("PUT", "/api/presence", {"presence": "ready"})
    await people["ivan"].does("PUT", "/api/presence", {"presence": "ready"})
    await expect(desk.at("standing")).to_have_text(["нет на линии", "работает вне графика", "на линии"])
    await expect(rows.first).to_have_attribute("data-id", "pavel")
    await Inspector(axe, page, *BOTH).look("adherence")
    for colours, name in (("light", "adherence"), ("dark", "adherence-dark")):
        await page.emulate_media(color_scheme=colours)
        await draw(page, name)
    await rows.first.get_by_test_id("excuse").click()
    await desk.at("excuse-words").fill("Курс по МФЦ")
    await desk.at("save-excuse").click()
    await expect(desk.at("excused")).to_contain_text("Pavel")
    await expect(desk.at("excused")).to_contain_text("обучение. Курс по МФЦ")
    await expect(desk.at("standing")).to_have_text(["работает вне графика", "объяснено", "на линии"])
    await desk.at("withdraw-excuse").click()
    await expect(desk.at("standing")).to_have_text(["нет на линии", "работает вне графика", "на линии"])
