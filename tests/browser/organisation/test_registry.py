"""The registry of centres at the screen: an administrator writes, another person approves, and the way back (LV-07, LV-08)."""

import re

import pytest
from playwright.async_api import expect

from tests.browser.screens import visit
from tests.browser.stage import Stage
from tests.browser.test_accessibility import BOTH, Inspector, look
from tests.house import Clerk, People

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.mark.smoke
async def test_a_centre_a_contract_and_an_mfc_change_with_a_second_person(stage: Stage, crowd: People, admin: Clerk, axe: str) -> None:
    # LV-07, LV-08, MU-01, RG-08
    author, boss = await crowd.clerk(admin, "admin"), await crowd.clerk(admin, "supervisor")
    desk, second = await stage.signed_in(author.login, **look("wide")), await stage.signed_in(boss.login, **look("wide"))
    inspector = Inspector(axe, desk.page, *BOTH)
    await visit(desk.page, "registry")
    await visit(second.page, "registry")
    await inspector.look("centres", "registry")
    own = desk.page.locator("[data-test=centre-row][data-id='001']")
    await own.get_by_test_id("edit-centre").click()
    await desk.at("centre-number").first.fill("+78001000111")
    await desk.at("add-contract").click()
    await desk.at("contractor").fill("ООО «Голос»")
    await desk.at("target-answered_percent").fill("90")
    await desk.at("own-overload").check()
    await desk.at("overload-wait_on_s").fill("45")
    await inspector.look("centre")
    await desk.at("save-centre").click()
    await expect(desk.at("registry-draft")).to_contain_text("+78001000111")
    await expect(desk.at("approve-registry")).to_have_count(0)
    await expect(desk.page.locator("[data-test=centre-row][data-id='016'] [data-test=edit-centre]")).to_have_count(0)

    # The second person's screen shows the draft without a refresh.
    await expect(second.at("registry-draft")).to_contain_text("ООО «Голос»")
    await second.at("approve-registry").click()
    await expect(second.at("registry-draft")).to_have_count(0)
    await expect(desk.at("registry-version")).to_contain_text(re.compile(r"редакция \d"))
    await expect(own.first).to_contain_text("+78001000111")

    await desk.at("registry-contracts").click()
    await expect(desk.at("contract-row")).to_contain_text("ООО «Голос»")
    await expect(desk.at("contract-state")).to_have_text("мало обращений")
    await inspector.look("contracts", "registry-contracts")

    await desk.at("registry-mfcs").click()
    await desk.at("add-mfc").click()
    for field, value in {"id": "new", "name": "МФЦ новый", "subject": "50", "municipality": "46700002", "population": "5000"}.items():
        await desk.at(f"mfc-{field}").fill(value)
    await desk.at("save-mfc").click()
    new = desk.page.locator("[data-test=mfc-row][data-id='new']")
    await new.get_by_test_id("join-mfc").click()
    await desk.at("save-join").click()
    await expect(new).to_contain_text("с ")
    await inspector.look("mfcs", "registry-mfcs")

    await desk.at("registry-versions").click()
    async with desk.page.expect_download() as file:
        await desk.at("export-registry").click()
    assert (await file.value).suggested_filename.endswith(".toml")
    await desk.at("compare").click()
    await expect(desk.at("compared")).to_contain_text("+78001000111")
    await inspector.look("versions", "registry-versions")
    await desk.at("discard-registry").click()
    await desk.at("confirm").click()
    await expect(desk.at("registry-draft")).to_have_count(0)
    await desk.page.locator("[data-test=registry-version-card][data-id='0'] [data-test=restore-registry]").click()
    for each in (desk, second):
        await expect(each.at("registry-draft")).to_contain_text(re.compile(r"запись с \S+ удаляется"))
    await second.at("approve-registry").click()
    await expect(desk.at("registry-draft")).to_have_count(0)
    await desk.at("registry-centres").click()
    await expect(own.first).to_contain_text("+78001000001")
    assert inspector.faults == []
