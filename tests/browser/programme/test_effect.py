"""The effect at the screen, from days that another centre has reported; the public page of the same hub (GV-11, GV-13, GV-14)."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.async_api import expect

from tests.browser.screens import visit
from tests.browser.stage import Stage
from tests.browser.test_accessibility import BOTH, Inspector, look
from tests.house import Clerk, House, People
from tests.past import YESTERDAY, house_with_effect
from tests.programme.test_visit_tables import planted

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Of this file: it was told of the effect in another centre."""
    with house_with_effect(tmp_path_factory.mktemp("effect")) as running:
        yield running


async def test_the_effect_is_read_and_an_assumption_is_added(stage: Stage, crowd: People, admin: Clerk, axe: str) -> None:
    # GV-11, GV-13, GV-14, MC-04, MC-07
    boss = await crowd.clerk(admin, "supervisor")
    desk = await stage.signed_in(boss.login, **look("wide"))
    inspector = Inspector(axe, desk.page, *BOTH)
    await visit(desk.page, "programme/effect")
    await expect(desk.at("effect-verdict")).to_contain_text("не больше 10 минут: достигнуто")
    await expect(desk.at("effect-baseline")).to_contain_text("от 15 до 180 мин")
    await expect(desk.at("saved-specialists")).to_contain_text("не хватает: спросили бы специалиста")
    for measure, low, high in (("specialist_share_percent", "30", "50"), ("specialist_time_min", "7.5", "12")):
        await desk.at("sheet-assumptions").get_by_test_id("add-row").click()
        await desk.at("row-title").fill("Хронометраж")
        await desk.at("row-measure").select_option(measure)
        await desk.at("row-low").fill(low)
        await desk.at("row-high").fill(high)
        await desk.at("row-since").fill("2025-01-01")
        await desk.at("row-source").fill("Опрос органов, 2025")
        await desk.at("save-row").click()
        await expect(desk.at("row-title")).to_have_count(0)
    await expect(desk.at("saved-specialists")).to_contain_text("3 600 × 30…50 % × 7,5…12 мин")
    await desk.at("effect-since").fill(str(YESTERDAY - timedelta(days=9)))
    await desk.at("effect-since").press("Tab")
    await expect(desk.at("saved-specialists")).to_contain_text("1 200 × 30…50 %")
    for by, key in (("channel", "voice"), ("centre", "016"), ("language", "tt")):
        await desk.at("effect-by").select_option(by)
        await expect(desk.page.locator(f"[data-test=effect-row][data-id='{key}']")).to_be_visible()
    await expect(desk.at("channel-cost")).to_have_count(2)
    async with desk.page.expect_download() as file:
        await desk.at("effect-file").click()
    assert (await file.value).suggested_filename.endswith(".csv")
    await inspector.look("effect", "programme-effect")
    # Visits: a table out of Excel is looked at, taken, and seen against the lines of 10 and 15 %.
    await expect(desk.at("visits-verdict")).to_contain_text("Пока не с чем сравнить")
    table = "\r\n".join(planted("Субъект;Месяц;Визиты", ";")).encode("cp1251")
    await desk.at("visits-table").set_input_files({"name": "визиты.csv", "mimeType": "text/csv", "buffer": b"\xf1\xf3;\r\n1;2"})
    await expect(desk.at("visits-fault")).to_contain_text("Первая строка таблицы называет столбцы")
    await desk.at("visits-table").set_input_files({"name": "визиты.csv", "mimeType": "text/csv", "buffer": table})
    await expect(desk.at("visits-preview")).to_contain_text("месяцев 144, субъектов 4; новых 144")
    await desk.at("visits-source").fill("АИС МФЦ, форма 7")
    await desk.at("take-visits").click()
    await expect(desk.at("visits-verdict")).to_contain_text("это не случайность")
    await expect(desk.at("visits-line")).to_have_count(2)
    await expect(desk.at("visits-picture")).to_be_visible()
    await expect(desk.page.locator("[data-test=visits-row][data-id='50']")).to_contain_text("Московская область")
    await inspector.look("visits")
    # From a bottleneck to a recommendation to the body in one step, though all its cases are in another centre.
    await visit(desk.page, "programme/services")
    await expect(desk.at("service-bottlenecks")).to_contain_text("Паспорт")
    await inspector.look("bottlenecks")
    await desk.page.locator("[data-test=recommend]").first.click()
    await expect(desk.at("recommendation")).to_be_visible()
    await expect(desk.at("reported")).to_contain_text(re.compile(r"жалоб (на сроки )?90 из 900"))
    await expect(desk.at("numbers")).to_contain_text("0 жалоб")
    async with desk.page.expect_download() as file:
        await desk.page.get_by_role("link", name="PDF").first.click()
    assert (await (await file.value).path()).read_bytes().startswith(b"%PDF")
    await expect(desk.page.get_by_text("О сроках и порядке услуги").first).to_be_visible()
    await desk.page.goto(f"{stage.house.base}/open-data")
    await expect(desk.page.locator("[data-test=indicator][data-id=covered_subjects]")).to_be_visible()
    await inspector.look("open-data", "open-data")
    assert inspector.faults == []
