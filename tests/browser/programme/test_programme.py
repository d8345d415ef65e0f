"""The programme at the screen: from the map to a subject, and what to do there next (GV-01, GV-02)."""

import re

import pytest
from playwright.async_api import expect

from tests.browser.screens import visit
from tests.browser.stage import Stage
from tests.browser.test_accessibility import BOTH, Inspector, look
from tests.house import Clerk, People

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_from_the_map_to_what_is_to_be_done(stage: Stage, crowd: People, admin: Clerk, axe: str) -> None:
    # GV-01, GV-02
    boss = await crowd.clerk(admin, "supervisor")
    desk = await stage.signed_in(boss.login, **look("wide"))
    inspector = Inspector(axe, desk.page, *BOTH)
    await visit(desk.page, "programme")
    await expect(desk.at("tile")).to_have_count(89)
    await expect(desk.at("subject-row")).to_have_count(89)
    await inspector.look("coverage", "programme")
    await desk.choose("tile", "77")
    await expect(desk.at("next")).to_contain_text("создать региональный центр")
    await desk.choose("tile", "50")
    await expect(desk.at("lacks-number")).to_be_visible()
    await expect(desk.at("lacks-no_centre")).to_have_count(0)
    await inspector.look("subject")
    await expect(desk.page.locator("[data-test=year][data-id='2013']")).to_contain_text("83")
    await visit(desk.page, "programme/services")
    await expect(desk.at("no-bottlenecks")).to_be_visible()
    await inspector.look("services", "programme-services")
    for by in ("authority", "subject", "level", "channel", "centre"):
        await desk.at("services-by").select_option(by)
        await expect(desk.at("service-total")).to_be_visible()
    assert inspector.faults == []


@pytest.mark.smoke
async def test_the_plan_is_changed_and_a_gate_is_signed(stage: Stage, crowd: People, admin: Clerk, axe: str) -> None:
    # GV-03, GV-04, GV-08
    boss = await crowd.clerk(admin, "supervisor")
    desk = await stage.signed_in(boss.login, **look("wide"))
    inspector = Inspector(axe, desk.page, *BOTH)
    await visit(desk.page, "programme/plan")
    await expect(desk.at("programme-row")).to_have_count(10)
    await inspector.look("plan", "programme-plan")
    await desk.page.locator("[data-test=programme-row][data-id='8'] [data-test=edit-row]").click()
    await desk.at("row-state").select_option("done")
    await desk.at("row-done").fill("2009-12-01")
    await inspector.look("row")
    await desk.at("save-row").click()
    await expect(desk.page.locator("[data-test=programme-row][data-id='8']")).to_contain_text("исполнено")
    await expect(desk.at("overdue-rows")).to_contain_text("9")
    await desk.at("show-changes").click()
    await expect(desk.at("change")).to_contain_text("запланировано → исполнено")

    await visit(desk.page, "programme/gates")
    pilots = desk.at("sheet-pilots")
    await pilots.get_by_test_id("add-row").click()
    await desk.at("row-subject").select_option("50")
    await desk.at("save-row").click()
    await expect(desk.page.locator("[data-id='1-entry'] [data-id=pilots]")).to_contain_text("Московская область: засчитан")
    await desk.at("sign-1-entry").click()
    await desk.at("keep-protocol").click()
    await expect(desk.at("gate-protocol")).to_contain_text("рубеж не пройден")
    await inspector.look("gates", "programme-gates")
    assert inspector.faults == []


async def test_the_council_decides_and_money_is_summed(stage: Stage, crowd: People, admin: Clerk, axe: str) -> None:
    # GV-09, GV-15, GV-18
    boss = await crowd.clerk(admin, "supervisor")
    desk = await stage.signed_in(boss.login, **look("wide"))
    inspector = Inspector(axe, desk.page, *BOTH)
    await visit(desk.page, "programme/council")
    for sheet, fields in (
            ("members", {"name": "Ольга Петрова", "post": "заместитель министра", "body": "Минцифры России"}),
            ("agenda", {"title": "Готовность пилотных субъектов", "meeting": "2030-03-01", "speaker": "Иванов"}),
            ("decisions", {"title": "Открыть центр второй очереди", "meeting": "2025-12-01", "due": "2025-12-10", "responsible": "Минцифры России"})):
        await desk.at(f"sheet-{sheet}").get_by_test_id("add-row").click()
        for field, value in fields.items():
            await desk.at(f"row-{field}").fill(value)
        await desk.at("save-row").click()
        await expect(desk.at(f"sheet-{sheet}").get_by_test_id("programme-row")).to_have_count(1)
    await expect(desk.at("sheet-decisions")).to_contain_text("10 декабря 2025")
    await expect(desk.at("meeting")).to_have_value("2030-03-01")
    async with desk.page.expect_download() as pack:
        await desk.at("pack-docx").click()
    assert (await pack.value).suggested_filename.endswith(".docx")
    await inspector.look("council", "programme-council")

    await visit(desk.page, "programme/funding")
    for source, plan, fact in (("federal_budget", "1000000", "900000"), ("regional_budget", "400000", "450000")):
        await desk.at("sheet-funding").get_by_test_id("add-row").click()
        await desk.at("row-title").fill("Пилотная отработка")
        await desk.at("row-year").fill("2030")
        await desk.at("row-source").select_option(source)
        await desk.at("row-plan").fill(plan)
        await desk.at("row-fact").fill(fact)
        await desk.at("save-row").click()
    await expect(desk.page.locator("[data-test=funding-sum][data-id='0-all']")).to_contain_text("1 400 000")
    await inspector.look("funding", "programme-funding")
    assert inspector.faults == []


async def test_a_standard_text_is_approved_by_a_second_person_and_printed(stage: Stage, crowd: People, admin: Clerk, axe: str) -> None:
    # GV-06
    author, boss = await crowd.clerk(admin, "supervisor"), await crowd.clerk(admin, "supervisor")
    desk = await stage.signed_in(author.login, **look("wide"))
    await visit(desk.page, "programme/templates")
    provision = desk.page.locator("[data-test=template][data-id=provision]")
    await expect(provision.get_by_test_id("none-in-force")).to_be_visible()
    await provision.get_by_test_id("edit-template").click()
    await expect(desk.at("template-words")).to_have_value(re.compile(r"\{наименование\}"))
    await desk.at("save-template").click()
    await expect(provision.get_by_test_id("template-version")).to_have_count(2)
    await expect(provision.get_by_test_id("approve-template")).to_have_count(0)

    desk = await stage.signed_in(boss.login, **look("wide"))
    inspector = Inspector(axe, desk.page, *BOTH)
    await visit(desk.page, "programme/templates")
    provision = desk.page.locator("[data-test=template][data-id=provision]")
    await provision.get_by_test_id("approve-template").click()
    await expect(provision.get_by_test_id("in-force")).to_contain_text("Действует редакция 1")
    await desk.at("template-centre").select_option("016")
    async with desk.page.expect_download() as paper:
        await provision.get_by_test_id("template-docx").click()
    assert (await paper.value).suggested_filename == "provision-016.docx"
    await inspector.look("standard texts", "programme-templates")
    assert inspector.faults == []


async def test_two_who_change_a_list_at_once_lose_nothing(stage: Stage, crowd: People, admin: Clerk) -> None:
    # GV-08
    stage.pardon(re.compile(r"status of 409 .*/sheets/members/rows/1$"))
    boss, other = await crowd.clerk(admin, "supervisor"), await crowd.clerk(admin, "supervisor")

    async def put(number: int, title: str) -> None:
        path = "/api/programme/sheets/members"
        row = {"type": "council_member", "id": str(number), "name": title, "body": "Минцифры России"}
        await other.does("PUT", f"{path}/rows/{number}", {"version": (await other.does("GET", path))["version"], "row": row})

    await put(1, "Первая")
    desk = await stage.signed_in(boss.login, **look("wide"))
    await visit(desk.page, "programme/council")
    members = desk.at("sheet-members")
    await members.get_by_test_id("add-row").click()
    await desk.at("row-name").fill("Третья")
    await desk.at("row-body").fill("Минэкономразвития России")
    await put(2, "Вторая")
    await expect(members).to_contain_text("Вторая")
    await desk.at("save-row").click()
    await expect(members.get_by_test_id("programme-row")).to_contain_text(["Первая", "Вторая", "Третья"])
    await members.locator("[data-id='1']").get_by_test_id("edit-row").click()
    await desk.at("row-name").fill("Иная")
    await put(1, "Сменилась")
    await expect(members).to_contain_text("Сменилась")
    await desk.at("save-row").click()
    await expect(desk.page.get_by_role("alert")).to_contain_text("Список уже изменили")
    await expect(members).to_contain_text("Сменилась")
