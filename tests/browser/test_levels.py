"""What levels on hubs of their own know of each other, in their desks: the floor of those below, articles of those above."""

from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.browser.stage import Stage
from tests.browser.test_accessibility import Inspector, in_both_sizes, look
from tests.deployments import two

pytestmark = pytest.mark.asyncio(loop_scope="session")

PASS = {"title": "Пропуск на въезд", "text": "Пропуск выдают за пять дней.\nНужен только паспорт.", "topic": "booking",
        "questions": ["как получить пропуск на въезд", "сколько ждать пропуск"], "body": "Закон области", "valid_from": "2026-01-01"}


@in_both_sizes
async def test_the_floor_shows_the_city_and_the_city_what_the_region_says(browser: Browser, axe: str, tmp_path: Path, size: str) -> None:
    # MC-01, KB-06, RT-10
    async with two(tmp_path) as centres, Stage(browser, centres.houses[0]) as here, Stage(browser, centres.houses[1]) as there:
        await centres.lines.cut("001", "077")  # hardly a word has come before, and none comes now
        region, city = await centres.region.admin(), await centres.city.admin()
        colleague = await centres.city.clerk(city, queues=("line",))
        wall = await here.signed_in((await centres.region.clerk(region, "wall", ("line",))).login, viewport={"width": 1920, "height": 1080})
        floor = await here.signed_in(region.login, **look(size))
        inspector = Inspector(axe, floor.page)
        await floor.page.goto(centres.houses[0].base + "/desk/#/floor")
        row = floor.page.locator("[data-test=far-centre][data-id='077']")
        await expect(row).to_contain_text("Центр телефонного обслуживания города")
        await expect(row.get_by_test_id("far-old")).to_contain_text("нет связи")
        await inspector.look("far floor, old")
        await expect(wall.at("wall-silent")).to_contain_text("Центр телефонного обслуживания города")
        assert await wall.page.evaluate("document.documentElement.scrollHeight <= innerHeight")
        await region.does("PUT", "/api/articles/pass", PASS)
        desk = await there.signed_in(city.login, **look(size))
        inspector_there = Inspector(axe, desk.page)
        await desk.page.goto(centres.houses[1].base + "/desk/#/articles")
        await expect(desk.at("article").first).to_be_visible()
        await expect(desk.at("from")).to_have_count(0)
        await centres.lines.mend("001", "077")
        await expect(row.get_by_test_id("far-free")).to_have_text("0")
        await colleague.does("PUT", "/api/presence", {"presence": "ready"})
        await expect(row.get_by_test_id("far-free")).to_have_text("1")
        await expect(row.get_by_test_id("far-old")).to_have_count(0)
        await expect(wall.at("wall-line").filter(has_text="города")).to_contain_text("1")
        await row.scroll_into_view_if_needed()
        await inspector.look("far floor", "floor-far" if size == "wide" else "")
        await desk.at("article").filter(has=desk.at("from")).click()
        await expect(desk.at("article-centre")).to_contain_text("Центр телефонного обслуживания области")
        await expect(desk.at("article-words")).to_contain_text("Нужен только паспорт.")
        await expect(desk.at("save-article")).to_have_count(0)
        await inspector_there.look("article from above", "articles-from-above" if size == "wide" else "")
        await desk.at("write-own").click()
        await expect(desk.at("article-title")).to_have_value(PASS["title"])
        await desk.at("article-text").fill("В городе пропуск выдаёт МФЦ.")
        await inspector_there.look("instead")
        await desk.at("save-article").click()
        await expect(desk.page).to_have_url(centres.houses[1].base + "/desk/#/articles/pass")
        await desk.page.goto(centres.houses[1].base + "/desk/#/articles/001.pass")
        await expect(desk.at("not-told")).to_be_visible()
        await expect(desk.at("see-own")).to_be_visible()
        assert inspector.faults + inspector_there.faults == []
