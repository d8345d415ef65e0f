"""What designers and supervisors see of the robot's conversations."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.browser.stage import Stage
from tests.browser.test_accessibility import Inspector, in_both_sizes, look
from tests.browser.test_figures import visit
from tests.house import Clerk, House, People
from tests.past import NEW, YESTERDAY, house_that_talked

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house_that_talked(tmp_path_factory.mktemp("house")) as running:
        yield running


async def test_a_supervisor_sees_what_the_robot_came_to(stage: Stage, crowd: People, admin: Clerk, tmp_path: Path) -> None:  # MC-02 OC-05
    boss = await stage.signed_in((await crowd.clerk(admin, "supervisor")).login)
    await boss.at("view-robot").click()
    await expect(boss.at("tile-contained")).to_contain_text("70 %")
    await expect(boss.at("tile-missed")).to_contain_text("16,6 %")
    await expect(boss.at("robot-statistics")).to_have_count(1)
    await expect(boss.at("robot-versions")).to_have_count(0)
    await expect(boss.at("intent").first).to_contain_text("ask_mfc")
    await boss.at("version-choice").select_option(NEW)
    await expect(boss.at("tile-contained")).to_contain_text("4 из 5")
    await boss.at("version-choice").select_option("")
    await boss.at("first").fill(YESTERDAY.isoformat())
    await expect(boss.at("tile-talks")).to_contain_text("7")
    async with boss.page.expect_download() as download:
        await boss.at("days-table").click()
    file = await download.value
    await file.save_as(tmp_path / "table.csv")
    assert (tmp_path / "table.csv").read_text(encoding="utf-8-sig").splitlines()[-1].startswith("За период;7;")
    await boss.at("period-1").click()
    await expect(boss.page.get_by_text("Диалогов не было")).to_be_visible()


@in_both_sizes
async def test_accessibility(stage: Stage, axe: str, crowd: People, admin: Clerk, size: str) -> None:  # GV-14
    desk = await stage.signed_in((await crowd.clerk(admin, "admin")).login, **look(size))
    inspector = Inspector(axe, desk.page)
    await visit(desk, "robot/statistics")
    await expect(desk.at("tile-contained")).to_contain_text("70 %")
    await inspector.look("statistics")
    await desk.at("period-1").click()
    await expect(desk.page.get_by_text("Диалогов не было")).to_be_visible()
    await inspector.look("no talks")
    assert inspector.faults == []
