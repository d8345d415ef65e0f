"""An administrator settles the centre at the desk: what would change is shown first, faults stand at their fields, and all can be undone."""

from pathlib import Path

import pytest
from playwright.async_api import Locator, expect

from tests.browser.screens import pictured
from tests.browser.stage import Desk, Stage
from tests.browser.test_accessibility import BOTH, Inspector, look
from tests.house import Clerk, People

pytestmark = pytest.mark.asyncio(loop_scope="session")
TABS = ("lines", "hours", "numbers", "centres", "versions", "file")


async def at_tab(desk: Desk, name: str) -> None:
    await desk.at("view-settings").click()
    await desk.at(f"tab-{name}").click()
    await expect(desk.at(f"tab-{name}")).to_have_attribute("aria-current", "page")


def line(desk: Desk, name: str) -> Locator:
    return desk.page.locator(f"[data-test=line][data-id='{name}']")


async def test_a_line_is_settled_closed_and_brought_back(desk: Desk) -> None:
    # SE-01: each change is shown before, and undone in one step
    await at_tab(desk, "lines")
    await desk.at("new-line").fill("Налоги")
    await desk.at("add-line").click()
    await expect(desk.at("change").filter(has_text="Новая линия «Налоги»")).to_be_visible()
    await desk.at("why").fill("Сезон деклараций")
    await pictured(desk, "settings-lines")
    await desk.at("settle").click()
    await expect(desk.at("changes")).to_have_count(0)
    await line(desk, "social").locator("summary").click()
    await line(desk, "social").get_by_test_id("successor").select_option(label="Закрыта, обращения идут в «Налоги»")
    await expect(desk.at("change").filter(has_text="закрывается: обращения переходят в «Налоги»")).to_be_visible()
    await desk.at("settle").click()
    await expect(line(desk, "social").locator(".badge.warn")).to_have_text("закрыта")
    await line(desk, "general").locator("summary").click()
    await line(desk, "general").get_by_test_id("drop-line").click()
    await expect(desk.at("fault").filter(has_text="передаёт робот")).to_be_visible()
    await expect(desk.at("settle")).to_be_disabled()
    await desk.at("forget").click()
    await at_tab(desk, "versions")
    await pictured(desk, "settings-versions")
    await desk.page.locator("[data-test=version][data-id='2']").get_by_test_id("revert").click()
    await desk.at("confirm").click()
    await expect(desk.page.locator("[data-test=version][data-id='4']").locator(".badge.good")).to_have_text("действует")
    await desk.page.locator("[data-test=version][data-id='1']").get_by_test_id("revert").click()
    await desk.at("confirm").click()
    await expect(desk.page.locator("[data-test=version][data-id='5']").locator(".badge.good")).to_have_text("действует")


async def test_hours_show_their_days_and_numbers_that_cost_are_refused_at_the_field(desk: Desk) -> None:
    # SL-01, SL-02
    await at_tab(desk, "hours")
    await expect(desk.at("no-gaps")).to_be_visible()
    await desk.at("add-calendar").click()
    await desk.at("calendar").locator("summary").click()
    weekdays = desk.page.locator("[data-field='hours.0.week.working_day']")
    await weekdays.fill("9-18")
    await weekdays.blur()
    await expect(desk.at("fault").filter(has_text="не часы")).to_be_visible()
    await weekdays.fill("09:00-13:00, 14:00-18:00")
    await weekdays.blur()
    await expect(desk.at("change").filter(has_text="новый календарь")).to_be_visible()
    await expect(desk.page.locator("[data-test=line-cover][data-id=general] figcaption")).to_contain_text("выходных дней")
    await pictured(desk, "settings-hours")
    await at_tab(desk, "numbers")
    await desk.at("add-number").click()
    await desk.page.locator("[data-field='numbers.1.number']").fill("+78002000000")
    await desk.at("tariff").nth(1).select_option("paid")
    await desk.at("published").nth(1).check()
    await expect(desk.page.locator("[data-field='numbers.1.tariff']")).to_have_attribute("aria-invalid", "true")
    await expect(desk.at("settle")).to_be_disabled()
    await pictured(desk, "settings-numbers")
    await desk.at("forget").click()


async def test_what_another_administrator_settles_is_told_to_whoever_changes_the_same(desk: Desk, admin: Clerk) -> None:
    # SE-01
    await at_tab(desk, "lines")
    await desk.at("new-line").fill("Своя")
    await desk.at("add-line").click()
    now = await admin.does("GET", "/api/settings")
    queues = [*now["settings"]["queues"], {"id": "others", "title": "Чужая", "centre": now["settings"]["queues"][0]["centre"]}]
    await admin.does("PUT", "/api/settings", {"version": now["version"], "settings": now["settings"] | {"queues": queues}})
    await expect(desk.at("changes").get_by_role("alert")).to_contain_text("другой администратор")
    await desk.at("forget").click()
    await expect(line(desk, "others")).to_be_visible()


async def test_settings_go_out_as_a_file_and_come_back_with_what_would_change(desk: Desk, admin: Clerk, tmp_path: Path) -> None:
    # LV-10
    await at_tab(desk, "file")
    async with desk.page.expect_download() as downloading:
        await desk.at("export").click()
    file = tmp_path / "okno.json"
    await (await downloading.value).save_as(file)
    await desk.at("settings-file").set_input_files(file)
    await expect(desk.at("nothing-new")).to_be_visible()
    file.write_text(file.read_text("utf8").replace("Документы и регистрация", "Документы"), "utf8")
    await desk.at("settings-file").set_input_files([])
    await desk.at("settings-file").set_input_files(file)
    await expect(desk.at("import-change")).to_have_text("Линия «Документы и регистрация», название: «Документы и регистрация» → «Документы».")
    await pictured(desk, "settings-file")
    await desk.at("import").click()
    await at_tab(desk, "lines")
    await expect(line(desk, "documents")).to_contain_text("Документы")
    now = await admin.does("GET", "/api/settings")
    assert now["versions"][0]["why"].startswith("Из файла центра")
    await admin.does("POST", "/api/settings/revert", {"version": now["version"], "to": now["version"] - 1})


async def test_all_of_it_is_accessible(stage: Stage, axe: str, crowd: People, admin: Clerk) -> None:  # GV-14
    who = await crowd.clerk(admin, "admin")
    desk = await stage.signed_in(who.login, **look("wide"))
    inspector = Inspector(axe, desk.page, *BOTH)
    for tab in TABS:
        await desk.page.goto(f"{stage.house.base}/desk/#/settings/{tab}")
        await expect(desk.at(f"tab-{tab}")).to_have_attribute("aria-current", "page")
        for summary in await desk.page.locator("summary").all():
            await summary.click()
        await inspector.look(tab)
    assert inspector.faults == []
