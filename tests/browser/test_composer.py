"""An operator keeps what he often says, and puts it into a reply by a slash; he encloses files by key, by drop and out of the clipboard."""

import pytest
from playwright.async_api import FilePayload, expect

from tests.browser.stage import Stage, png, waiting
from tests.browser.test_accessibility import BOTH, Inspector, in_both_sizes, look
from tests.browser.test_journey import begin, in_line, offered_and_accepted, shown
from tests.house import Clerk, People

pytestmark = pytest.mark.asyncio(loop_scope="session")


@in_both_sizes
async def test_a_ready_reply_is_written_once_and_put_in_by_a_slash(stage: Stage, crowd: People, admin: Clerk, axe: str, size: str) -> None:
    # KB-01, GV-14
    citizen = (await waiting(crowd, "Сколько стоит паспорт"))[0]
    clerk = await crowd.clerk(admin)
    await clerk.does("POST", f"/api/conversations/{citizen.conversation}/take")
    desk = await stage.signed_in(clerk.login, **look(size))
    inspector = Inspector(axe, desk.page)
    keys = desk.page.keyboard
    await desk.page.evaluate("() => { location.hash = '#/canned/+'; }")
    await desk.at("canned-title").fill("Приветствие")
    await desk.at("canned-sign").fill("привет")
    await desk.at("canned-text").fill("Здравствуйте, {имя}! Номер обращения {номер}.")
    await expect(desk.at("canned-preview")).to_have_text("Здравствуйте, Анна Петрова! Номер обращения 077-26-000123.")
    await inspector.look("a new ready reply")
    await keys.press("Control+Enter")
    await expect(desk.at("canned-row").filter(has_text="Приветствие")).to_contain_text("/привет")
    await inspector.look("ready replies")
    await desk.page.evaluate("(to) => { location.hash = to; }", f"#/inbox/mine/{citizen.conversation}")
    await desk.at("words").fill("/при")
    await expect(desk.at("canned-picker").get_by_role("option").first).to_contain_text("Здравствуйте, Заявитель 1!")
    await inspector.look("ready replies under a slash")
    await keys.press("Enter")
    await expect(desk.at("words")).to_have_value(f"Здравствуйте, Заявитель 1! Номер обращения {await number(clerk, citizen.conversation)}.")
    await keys.press("Control+Enter")
    await citizen.line.hear("message", author="operator")
    await desk.page.evaluate("() => { location.hash = '#/canned'; }")
    await desk.at("canned-row").filter(has_text="Приветствие").click()
    await desk.at("drop-canned").click()
    await expect(desk.at("canned-row").filter(has_text="Приветствие")).to_have_count(0)
    await desk.at("undo").click()
    await expect(desk.at("canned-row").filter(has_text="Приветствие")).to_have_count(1)
    assert inspector.faults == []


BLANK = FilePayload(name="Бланк.pdf", mimeType="application/pdf", buffer=b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n")
BRING = """([to, event, names, bytes]) => {
    const brought = new DataTransfer();
    for (const name of names) brought.items.add(new File([new Uint8Array(bytes)], name, { type: "image/png" }));
    const options = { bubbles: true, cancelable: true };
    const told = event === "paste" ? new ClipboardEvent(event, { ...options, clipboardData: brought }) : new DragEvent(event, { ...options, dataTransfer: brought });
    document.querySelector(to).dispatchEvent(told);
}"""
"""Files out of the clipboard, or let fall: a browser takes them from nobody but a person."""


@pytest.mark.smoke
async def test_files_are_enclosed_by_key_by_drop_and_by_paste_and_the_citizen_opens_them(stage: Stage, crowd: People, admin: Clerk, axe: str) -> None:
    # CH-08, CH-12, GV-14
    clerk = await crowd.clerk(admin)
    desk = await stage.signed_in(clerk.login, **look("wide"))
    citizen = await begin(stage)
    await in_line(citizen)
    await offered_and_accepted(citizen, desk)
    inspector = Inspector(axe, desk.page, *BOTH)
    async with desk.page.expect_file_chooser() as chooser:
        await desk.words.press("Control+Shift+KeyF")
    await (await chooser.value).set_files([BLANK])
    chips = desk.at("enclosed-file")
    await expect(chips).to_contain_text(["Бланк.pdf"])
    await desk.page.evaluate(BRING, ["[data-test=timeline]", "dragover", ["Схема.png"], list(png())])
    await expect(desk.page.get_by_text("Отпустите, чтобы прикрепить")).to_be_visible()
    await desk.page.evaluate(BRING, ["[data-test=timeline]", "drop", ["Схема.png"], list(png())])
    await expect(chips).to_have_count(2)
    await desk.page.evaluate(BRING, ["[data-test=words]", "paste", ["Снимок.png"], list(png(18))])
    await desk.page.evaluate(BRING, ["[data-test=words]", "paste", ["Пусто.png"], []])
    await expect(desk.at("enclosed-problem")).to_contain_text("Файл пуст")
    await desk.words.fill("Заполните бланк")
    await desk.words.press("Control+Enter")
    await expect(desk.at("unready")).to_contain_text("загрузите его ещё раз или уберите")
    await inspector.look("files for a reply", "composer-files")
    await desk.page.get_by_role("button", name="Убрать файл «Пусто.png»").click()
    await expect(chips).to_have_count(3)
    await expect(desk.page.locator("[data-test=enclosed-file][data-there=true]")).to_have_count(3)

    await desk.page.reload()
    await expect(chips).to_contain_text(["Бланк.pdf", "Схема.png", "Снимок.png"])
    await expect(desk.words).to_have_value("Заполните бланк")
    await desk.at("send").click()
    await expect(chips).to_have_count(0)
    bubble = desk.bubble("operator", "Заполните бланк")
    await expect(bubble.get_by_test_id("attachment")).to_have_attribute("download", "Бланк.pdf")
    await shown(bubble.get_by_role("img", name="Схема.png"))
    got = citizen.said("Заполните бланк")
    await shown(got.get_by_role("img", name="Снимок.png"))
    async with citizen.page.expect_download() as saved:
        await got.get_by_role("link", name="Бланк.pdf").click()
    assert (await (await saved.value).path()).read_bytes() == BLANK["buffer"]
    assert inspector.faults == []


async def number(clerk: Clerk, conversation: str) -> str:
    return str((await clerk.does("GET", f"/api/conversations/{conversation}"))["conversation"]["number"])
