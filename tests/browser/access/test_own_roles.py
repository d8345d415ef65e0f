"""A centre's own role from its first tick to the person who works with it, and back; and a limit of chats (SE-01, CH-10)."""

import re

import pytest
from playwright.async_api import Page, expect

from tests.browser.screens import visit
from tests.browser.stage import Stage, newcomer, waiting
from tests.browser.test_accessibility import BOTH, Inspector, look
from tests.house import PASSWORD, Clerk, People

pytestmark = pytest.mark.asyncio(loop_scope="session")
ROLE = "Старший смены + отчёты"
REFUSED = re.compile(r"status of (403|409) ")


async def rail(page: Page) -> set[str]:
    """The screens that one sees."""
    links = await page.get_by_test_id("rail").locator("a[href^='#/']").evaluate_all("all => all.map(each => each.getAttribute('href'))")
    return {each.removeprefix("#/").split("/")[0] for each in links}


@pytest.mark.smoke
async def test_a_role_is_made_approved_given_worked_with_and_narrowed(stage: Stage, crowd: People, admin: Clerk, axe: str) -> None:
    # SE-01
    stage.pardon(REFUSED)
    author, other = await crowd.clerk(admin, "admin"), await crowd.clerk(admin, "admin")
    desk, second = await stage.signed_in(author.login, **look("wide")), await stage.signed_in(other.login, **look("wide"))
    inspector = Inspector(axe, desk.page, *BOTH)
    await visit(desk.page, "operators/own")
    await visit(second.page, "operators/own")
    await expect(desk.page.get_by_text("Своих ролей пока нет")).to_be_visible()
    await desk.at("add-role").click()
    await desk.at("role-title").fill(ROLE)
    await desk.at("role-base").select_option("senior")
    await desk.at("may-see_figures").check()
    await desk.at("may-listen").uncheck()
    preview = desk.at("role-preview")
    await expect(preview).to_contain_text("Отчёты")
    await expect(preview).not_to_contain_text("Настройки")
    await expect(preview).to_contain_text("пока ни у кого")
    await expect(desk.at("may-settle").locator("xpath=..")).to_contain_text("опасное")
    await inspector.look("the form of a role")
    await desk.at("save-role").click()
    mine, theirs = desk.at("own-role"), second.at("own-role")
    await expect(mine).to_contain_text("ждёт второго администратора")
    await expect(desk.at("approve-role")).to_have_count(0)

    # The second administrator sees what it would permit, without a refresh.
    await expect(theirs.get_by_test_id("role-draft")).to_contain_text("+ видеть показатели")
    await second.at("approve-role").click()
    await expect(mine).to_contain_text("версия 1")
    await inspector.look("roles of the centre", "operators-own")

    password = await newcomer(admin, "shift")
    await visit(desk.page, "operators")
    await desk.page.locator("[data-test=operator][data-id=shift]").get_by_test_id("edit").click()
    await desk.at("operator-role").select_option(ROLE)
    await desk.at("save-operator").click()
    await expect(desk.page.locator("[data-test=operator][data-id=shift]")).to_contain_text(ROLE)

    worker = await stage.desk(**look("wide"))
    await worker.sign_in("shift", password)
    await worker.change_password(password, PASSWORD)
    await expect(worker.at("person-menu")).to_contain_text(ROLE)
    seen = await rail(worker.page)
    assert {"inbox", "floor", "figures", "reports", "archive"} <= seen
    assert not {"operators", "settings", "registry", "audit", "articles", "robot-draft"} & seen

    # One permission fewer: no second person, and the open screen goes without a refresh.
    await visit(worker.page, "reports")
    await visit(desk.page, "operators/own")
    await expect(mine.get_by_test_id("role-holders")).to_contain_text("Новый Сотрудник")
    await mine.get_by_test_id("edit-role").click()
    await desk.at("may-see_figures").uncheck()
    await expect(preview).to_contain_text("подействует сразу")
    await desk.at("save-role").click()
    await expect(worker.page.locator("[data-test=rail] a[href^='#/reports']")).to_have_count(0)
    await expect(worker.at("reports")).to_have_count(0)
    assert not {"reports", "figures"} & await rail(worker.page)
    await expect(mine).to_contain_text("версия 2")

    # The way back gives more again, so it waits; and what people have is not deleted.
    await mine.get_by_test_id("role-versions").locator("summary").click()
    await mine.get_by_test_id("restore-role").click()
    await expect(theirs.get_by_test_id("role-draft")).to_contain_text("+ видеть показатели")
    await second.at("approve-role").click()
    await expect(worker.page.locator("[data-test=rail] a[href^='#/reports']")).to_have_count(1)
    await mine.get_by_test_id("remove-role").click()
    await desk.at("confirm").click()
    await expect(desk.at("role-problem")).to_contain_text("Новый Сотрудник")
    assert inspector.faults == []


async def test_a_limit_of_chats_holds_at_once_and_is_seen(stage: Stage, crowd: People, admin: Clerk) -> None:
    # CH-10
    clerk = await crowd.clerk(admin)
    desk, worker = await stage.signed_in(admin.login, **look("wide")), await stage.signed_in(clerk.login, **look("wide"))
    await visit(desk.page, "operators")
    row = desk.page.locator(f"[data-test=operator][data-id={clerk.login}]")
    await row.get_by_test_id("choose-operator").check()
    await desk.at("set-limits").click()
    await desk.at("limit-chats").fill("1")
    await desk.at("save-limits").click()
    await expect(row.get_by_test_id("limit")).to_have_text("чаты 0 из 1")
    await worker.become("ready")
    await waiting(crowd, "Где мой паспорт?", "Где мой СНИЛС?")
    await worker.accept()
    await expect(worker.offer).to_have_count(0)
    await visit(desk.page, "floor")
    await expect(desk.page.locator(f"[data-test=floor-person][data-id={clerk.login}]").get_by_test_id("person-load")).to_have_text("чаты 1 из 1")
    # Raised by one, the second citizen is offered at once.
    await visit(desk.page, "operators")
    await row.get_by_test_id("edit").click()
    await desk.at("limit-chats").fill("2")
    await desk.at("save-operator").click()
    await worker.accept()
