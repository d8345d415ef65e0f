"""The web form in a real browser: with the script, without it, on a telephone, in the dark, through a restart (CH-05, CH-06)."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import FilePayload, Locator, Page, expect

from tests.browser.stage import LINE_DOWN, Desk, Stage, png
from tests.browser.test_accessibility import Inspector, in_both_sizes, look
from tests.house import Clerk, House, People, house_in

pytestmark = pytest.mark.asyncio(loop_scope="session")

alone = pytest.mark.usefixtures("admin")
"""Whoever waits at the end of the test is sent home, so that the next one has the line to itself."""
QUESTION, UNKNOWN = "Как получить загранпаспорт?", "Сколько крокодилов живёт в пруду у ратуши?"
REFUSED = re.compile(r"status of 422 ")
"""A browser says so of every page that is refused."""
CUT_OFF = re.compile(r"net::ERR_INCOMPLETE_CHUNKED_ENCODING")
"""Of a stream whose hub was killed."""
PICTURE = FilePayload(name="Справка.png", mimeType="image/png", buffer=png())


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("form")
    config = folder / "okno.toml"
    builtin = Path("okno/demo/okno.toml").read_text(encoding="utf8")
    config.write_text(builtin.replace('driver = "web.chat"', 'driver = "web.chat"\n\n[[channels]]\ndriver = "web.form"'), encoding="utf8")
    with house_in(folder, config) as running:
        yield running


class FormPage:
    """What a citizen sees and does on the pages of the form."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.faults, self.number, self.code, self.messages = (page.get_by_test_id(name) for name in ("faults", "number", "code", "message"))
        self.state = page.locator("#state")

    def said(self, text: str) -> Locator:
        return self.messages.filter(has_text=text)

    async def fill(self, text: str) -> None:
        await self.page.get_by_label("Ваш вопрос").fill(text)
        await self.page.get_by_label("Я даю согласие").check()

    async def send(self) -> None:
        await self.page.get_by_role("button", name="Отправить").click()

    async def add(self, text: str) -> None:
        await self.page.get_by_label("Сообщение", exact=True).fill(text)
        await self.page.get_by_role("button", name="Добавить").click()


async def opened(stage: Stage, **options: Any) -> FormPage:
    page = await stage.window(**options)
    await page.goto(stage.house.base + "/form")
    return FormPage(page)


async def in_line(stage: Stage, **options: Any) -> FormPage:
    """Somebody whose letter waits for an operator."""
    form = await opened(stage, **options)
    await form.fill(UNKNOWN)
    await form.send()
    await expect(form.state).to_contain_text("ждёт оператора")
    await form.page.wait_for_load_state()  # the words are there before the script is
    return form


@in_both_sizes
async def test_from_the_empty_form_to_the_answer(stage: Stage, axe: str, desk: Desk, size: str) -> None:
    # CH-05, CH-06, GV-14
    stage.pardon(REFUSED)
    form = await opened(stage, **look(size))
    inspector = Inspector(axe, form.page)
    await expect(form.page.get_by_text("Это консультация, а не обращение").first).to_be_visible()
    await inspector.look("form")
    await form.page.get_by_label("Ваш вопрос").fill(UNKNOWN)
    await form.page.get_by_label("По электронной почте").check()
    await form.send()
    await expect(form.faults).to_be_focused()
    await expect(form.page.get_by_label("Ваш вопрос")).to_have_value(UNKNOWN)
    await inspector.look("faults")
    await form.faults.get_by_role("link", name="адрес почты").click()
    await expect(form.page.get_by_label("Электронная почта", exact=True)).to_be_focused()
    await form.page.keyboard.type("ivan@example.ru")
    await form.page.get_by_label("Я даю согласие").check()
    await form.page.get_by_label("Файлы").set_input_files(PICTURE)
    await form.send()
    await expect(form.number).to_have_text(re.compile(r"^\d{3}-\d{6}-\d{5}-\d$"))
    await expect(form.said(UNKNOWN).get_by_role("link", name="Справка.png")).to_be_visible()
    await expect(form.state).to_contain_text("ждёт оператора")
    await inspector.look("conversation")
    await desk.become("ready")
    await desk.accept()
    await desk.bubble("citizen", UNKNOWN).get_by_test_id("folded-toggle").click()
    await expect(desk.bubble("citizen").get_by_test_id("folded")).to_contain_text("Как ответить: письмом")
    if size == "wide":
        await expect(desk.at("reply-email")).to_have_text("ivan@example.ru")
    await expect(form.state).to_contain_text(desk.name)
    await desk.send("Два крокодила")
    await expect(form.said("Два крокодила")).to_have_count(1)
    await form.add("А бегемоты?")
    await expect(form.said("А бегемоты?")).to_have_count(1)
    await expect(form.page.get_by_label("Сообщение", exact=True)).to_have_value("")
    await expect(desk.bubble("citizen", "А бегемоты?")).to_be_visible()
    await inspector.look("answered")
    shown = await form.messages.count()
    await form.page.reload()
    await expect(form.messages).to_have_count(shown)
    assert inspector.faults == []


@in_both_sizes
async def test_everything_works_without_script(stage: Stage, admin: Clerk, crowd: People, size: str) -> None:
    # CH-05: POST, 303, and a link instead of what comes by itself
    stage.pardon(REFUSED)
    form = await opened(stage, java_script_enabled=False, **look(size))
    await form.send()
    await expect(form.faults).to_contain_text("Напишите, о чём")
    await form.fill(UNKNOWN)
    await form.send()
    await expect(form.said(UNKNOWN)).to_have_count(1)
    clerk = await crowd.clerk(admin)
    await clerk.does("PUT", "/api/presence", {"presence": "ready"})
    waiting = (await clerk.does("GET", "/api/inbox?view=waiting"))["conversations"]
    number = await form.number.inner_text()
    conversation = next(row["id"] for row in waiting if row["number"] == number)
    await clerk.act(conversation, "take")
    await clerk.does("POST", f"/api/conversations/{conversation}/reply", {"key": "1", "text": "Два крокодила"})
    await form.page.get_by_role("link", name="Показать новые ответы").click()
    await expect(form.said("Два крокодила")).to_have_count(1)
    await form.add("Спасибо")
    await expect(form.said("Спасибо")).to_have_count(1)
    await clerk.does("PUT", "/api/presence", {"presence": "offline"})


@alone
async def test_the_answer_is_found_again_by_number_and_code(stage: Stage, axe: str) -> None:
    # CH-06
    stage.pardon(re.compile(r"status of 404 "))
    form = await in_line(stage)
    number, code = await form.number.inner_text(), await form.code.inner_text()
    other = FormPage(await stage.window(**look("narrow")))
    inspector = Inspector(axe, other.page)
    await other.page.goto(stage.house.base + "/form")
    await other.page.get_by_role("link", name="Посмотреть ответ").click()
    await other.page.get_by_label("Номер обращения").fill(number)
    await other.page.get_by_label("Код").fill("00000-00000-00000-00000")
    await other.page.get_by_role("button", name="Посмотреть").click()
    await expect(other.faults).to_contain_text("Проверьте номер и код")
    await inspector.look("not found")
    await other.page.get_by_label("Код").fill(code.lower().replace("-", ""))
    await other.page.get_by_role("button", name="Посмотреть").click()
    await expect(other.said(UNKNOWN)).to_have_count(1)
    assert inspector.faults == []


@alone
async def test_a_double_click_is_one_letter(stage: Stage) -> None:
    # CH-06
    form = await opened(stage)
    await form.fill(UNKNOWN)
    await form.page.get_by_role("button", name="Отправить").dblclick()
    await expect(form.said(UNKNOWN)).to_have_count(1)
    await form.page.get_by_label("Сообщение", exact=True).fill("Ещё слово")
    await form.page.get_by_role("button", name="Добавить").dblclick()
    await expect(form.said("Ещё слово")).to_have_count(1)
    await form.page.reload()
    await expect(form.said("Ещё слово")).to_have_count(1)


@alone
async def test_a_choice_is_a_button(stage: Stage) -> None:
    # CH-05
    form = await opened(stage)
    await form.fill(QUESTION)
    await form.send()
    await expect(form.said("Источник")).to_have_count(1)
    await form.page.get_by_role("button", name="Позвать оператора").click()
    await expect(form.state).to_contain_text("ждёт оператора")
    await expect(form.page.get_by_role("button", name="Позвать оператора")).to_have_count(0)


async def test_the_page_goes_on_after_the_hub_was_killed(stage: Stage, house: House, desk: Desk) -> None:
    # CH-06
    stage.pardon(LINE_DOWN, CUT_OFF)
    form = await in_line(stage)
    house.kill()
    await form.add("Написано без связи")
    await expect(form.page.locator("#form .status")).to_contain_text("Нет связи")
    await expect(form.page.get_by_label("Сообщение", exact=True)).to_have_value("Написано без связи")
    house.start()
    await form.page.get_by_role("button", name="Добавить").click()
    await expect(form.said("Написано без связи")).to_have_count(1)
    await desk.page.reload()
    await desk.become("ready")
    await desk.accept()
    await desk.send("Снова здесь")
    await expect(form.said("Снова здесь")).to_have_count(1)


@alone
async def test_english(stage: Stage, axe: str) -> None:
    form = await opened(stage, **look("wide"))
    await form.page.get_by_role("link", name="English").click()
    await expect(form.page.get_by_role("heading", level=1)).to_have_text("Write to the contact centre")
    inspector = Inspector(axe, form.page)
    await inspector.look("English")
    await form.page.get_by_label("Your question").fill("How do I get a passport?")
    await form.page.get_by_label("I consent").check()
    await form.page.get_by_role("button", name="Send").click()
    await expect(form.page.get_by_text("Your message has been received")).to_be_visible()
    await inspector.look("English conversation")
    assert inspector.faults == []
