"""A citizen's rights in the desk and on the page of the form: consent, demands, a copy, a correction, who has looked (SE-03, ST-05, GV-14)."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.browser.stage import Stage
from tests.browser.test_accessibility import Inspector, in_both_sizes, look
from tests.browser.test_form import UNKNOWN, opened
from tests.house import Clerk, House, People, house_in

pytestmark = pytest.mark.asyncio(loop_scope="session")
REFUSED = re.compile(r"status of 422 ")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("rights")
    config = folder / "okno.toml"
    builtin = Path("okno/demo/okno.toml").read_text(encoding="utf8")
    config.write_text(builtin.replace('driver = "web.chat"', 'driver = "web.chat"\n\n[[channels]]\ndriver = "web.form"'), encoding="utf8")
    with house_in(folder, config) as running:
        yield running


async def asked(page: Page, button: str, text: str = "") -> None:
    if text:
        await page.locator("form", has=page.get_by_role("button", name=button)).get_by_label("Что именно").fill(text)
    await page.get_by_role("button", name=button).click()


@in_both_sizes
async def test_from_the_form_to_the_answer(stage: Stage, axe: str, crowd: People, admin: Clerk, size: str) -> None:
    # SE-03, GV-14: 152-ФЗ ст. 9, 14, 20, 21
    stage.pardon(REFUSED)
    senior = await crowd.clerk(admin, "senior")
    form = await opened(stage, **look(size))
    page, seen = form.page, Inspector(axe, form.page)
    async with page.expect_popup() as popup:
        await page.get_by_role("link", name="Текст согласия").click()
    consent = await popup.value
    await expect(consent.get_by_role("heading", level=1)).to_have_text("Согласие на обработку персональных данных")
    await consent.close()
    assert not await page.get_by_label("Я даю согласие").is_checked()
    await page.get_by_label("Как к вам обращаться").fill("Инна Белова")
    await page.get_by_label("По телефону").check()
    await page.get_by_label("Телефон", exact=True).fill("+7 916 123-45-67")
    await form.fill(UNKNOWN)
    await form.send()
    number = await form.number.text_content()
    await page.get_by_role("link", name="Мои данные").click()
    await expect(page.get_by_test_id("consent")).to_contain_text("Редакция 1, дано")
    await seen.look("own data")
    await asked(page, "Попросить копию")
    await asked(page, "Попросить исправить", "Меня зовут Анна")
    await expect(page.get_by_test_id("demand")).to_have_count(2)
    await expect(page.get_by_test_id("demand").first).to_contain_text("ответим до")
    await seen.look("demanded")

    desk = await stage.signed_in(senior.login, **look(size))
    inspector = Inspector(axe, desk.page)
    await desk.page.evaluate("() => { location.hash = '#/demands'; }")
    row = desk.at("due").filter(has_text=str(number)).filter(has_text="Исправление")
    await expect(row).to_contain_text("Меня зовут Анна")
    await inspector.look("demands")
    await row.get_by_role("link").click()
    # The demand is ground enough: nobody is asked for a reason.
    await expect(desk.bubble("citizen", UNKNOWN)).to_be_visible()
    if size == "narrow":
        await desk.at("details").click()
    rights = desk.at("rights")
    await expect(rights.get_by_test_id("reply-phone")).to_have_text("+7 916 123-45-67")
    await expect(rights.get_by_test_id("not-proven")).to_have_count(0)
    await inspector.look("panel")

    await rights.get_by_test_id("correct").click()
    await expect(desk.at("correct-name")).to_have_value("Инна Белова")
    await desk.at("correct-name").fill("Анна Белова")
    await inspector.look("correct")
    await desk.at("confirm-correct").click()
    await expect(rights.locator("[data-kind=correction] [data-test=demand-state]")).to_have_text("Выполнен")
    await expect(desk.page.get_by_role("heading", name="Анна Белова").first).to_be_visible()

    await rights.get_by_test_id("prepare").click()
    await expect(rights.get_by_test_id("hand-over")).to_be_visible()
    await inspector.look("ready")
    await rights.get_by_test_id("hand-over").click()
    await expect(rights.locator("[data-kind=copy] [data-test=demand-state]")).to_have_text("Выполнен")
    await rights.get_by_test_id("looks").click()
    await expect(desk.at("look").first).to_contain_text("старший оператор")
    await inspector.look("looks")
    await desk.page.keyboard.press("Escape")

    await page.get_by_role("link", name="Назад к обращению").click()
    async with page.expect_download() as download:
        await form.said("Файл приложен").get_by_role("link").click()
    assert (await download.value).suggested_filename == "Ваши данные.zip"
    await page.get_by_role("link", name="Мои данные").click()
    await page.get_by_role("button", name="Отозвать согласие").click()
    await expect(page.get_by_test_id("consent")).to_contain_text("Отозвано")
    await expect(page.get_by_test_id("demand")).to_have_count(3)
    await expect(rights.get_by_test_id("reply-phone")).to_have_count(0)
    await expect(rights.locator("[data-kind=deletion]")).to_be_visible()
    await rights.locator("[data-kind=deletion]").get_by_test_id("weigh").click()
    await expect(desk.at("part").first).to_be_visible()
    await expect(desk.at("propose-deletion")).to_be_visible()
    await inspector.look("erase")
    await desk.page.keyboard.press("Escape")
    await rights.locator("[data-kind=deletion]").get_by_test_id("refuse").click()
    await desk.at("refusing").select_option("law")
    await desk.at("refusal-text").fill("Срок архива — 5 лет.")
    await inspector.look("refuse")
    await desk.at("confirm-refuse").click()
    await expect(rights.locator("[data-kind=deletion]")).to_contain_text("Роскомнадзор")
    await rights.get_by_test_id("take-demand").click()
    await desk.at("demand-disclosures").check()
    await inspector.look("take")
    await desk.at("confirm-demand").click()
    await expect(rights.locator("[data-kind=disclosures]")).to_be_visible()
    await page.reload()
    await seen.look("answered")
    assert inspector.faults == []
    assert seen.faults == []


@in_both_sizes
async def test_a_new_text_is_another_s_to_approve(stage: Stage, axe: str, crowd: People, admin: Clerk, size: str) -> None:
    # SE-03, GV-14
    boss = await crowd.clerk(admin, "supervisor")
    writer, reader = await stage.signed_in("admin", **look(size)), await stage.signed_in(boss.login, **look(size))
    for each in (writer, reader):
        await each.page.evaluate("() => { location.hash = '#/consents'; }")
    inspector, beside = Inspector(axe, writer.page), Inspector(axe, reader.page)
    await writer.at("add-consent").click()
    text = writer.at("consent-text-ru")
    await text.fill(f"{await text.input_value()}\n\nДобавлено.")
    await inspector.look("write")
    await writer.at("save-consent").click()
    await expect(writer.page.get_by_text("Свой текст утверждает другой")).to_be_visible()
    await inspector.look("draft")
    await reader.page.reload()
    await reader.at("consent-text").first.click()
    await beside.look("approve")
    await reader.at("approve-consent").click()
    await expect(reader.page.get_by_role("article").get_by_text("Действует")).to_be_visible()
    assert inspector.faults == []
    assert beside.faults == []
