"""Draws the pictures of the front page anew: `python -m tests.browser.pictures`.

A real hub, and an evening's worth of simulated people who type at a human pace. The screens one by one are drawn by the tests that
visit them: `make pictures` does both.
"""

import asyncio
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from playwright.async_api import Browser, expect

from tests.browser.centre import LINE, QUIET, Centre
from tests.browser.stage import CitizenPage, Desk, Stage, chromium
from tests.house import Clerk, House, People, house_in, people

ROOT = Path(__file__).parents[2]
PICTURES = ROOT / "docs/pictures"
LARGEST_BYTES = 300_000
PACE_MS = 60
"""Between two letters of a quick typist."""

ANNA = "Здравствуйте! Как записать ребёнка в детский сад?"


async def type_words(desk: Desk, words: str) -> None:
    await desk.words.press_sequentially(words, delay=PACE_MS)


async def reply(desk: Desk, words: str) -> None:
    await type_words(desk, words)
    await desk.words.press("Control+Enter")
    await expect(desk.bubble("operator", words)).to_be_visible()


async def say(citizen: CitizenPage, words: str) -> None:
    await citizen.field.press_sequentially(words, delay=PACE_MS)
    await citizen.field.press("Enter")
    await expect(citizen.said(words).locator(".mark")).not_to_have_attribute("data-state", "waiting")


async def others(centre: Centre, olga: Clerk, ivan: Clerk) -> None:
    """One after another while Anna and Olga talk: each clock shows its own time."""
    for number, talk in enumerate(QUIET):
        await asyncio.sleep(PACE_MS * len(talk[1]) / 1000)
        await centre.served(olga if number in {0, 2} else ivan, *talk)


async def as_anna(stage: Stage, crowd: People, **options: Any) -> CitizenPage:
    """A page that remembers a conversation begun with a name."""
    anna = await crowd.citizen(name="Анна")
    await anna.line.hear("message", author="bot")
    await anna.line.close()
    page = await stage.window(**options)
    await page.add_init_script(f"localStorage.setItem('okno:{stage.house.base}:token', '{anna.token}')")
    await page.goto(f"{stage.house.base}/")
    return await CitizenPage(page).greeted()


async def draw(browser: Browser, house: House) -> None:
    async with people(house) as crowd, Stage(browser, house) as stage:
        centre = Centre(crowd, await crowd.admin())
        olga = await centre.employee("olga", "Ольга Ветрова", "supervisor")
        ivan = await centre.employee("ivan", "Иван Лугов", "operator")
        desk = await stage.signed_in(olga.login, viewport={"width": 1440, "height": 900}, color_scheme="light")
        citizen = await as_anna(stage, crowd, viewport={"width": 1280, "height": 860}, color_scheme="light")
        await desk.become("ready")
        await say(citizen, ANNA)
        await expect(citizen.log.locator(".source")).to_be_visible()
        await say(citizen, "Позовите оператора")
        await desk.accept()
        await asyncio.gather(conversation(citizen, desk), others(centre, olga, ivan))
        for name, question, detail in LINE:
            await (await centre.in_line(name, question)).tell(detail)
        await expect(desk.offer).to_contain_text(LINE[0][2])
        await desk.page.evaluate("() => { location.hash = location.hash.replace('/mine/', '/held/'); }")
        await expect(desk.at("conversation-row")).to_have_count(1 + len(QUIET))
        await type_words(desk, "Да, у многодетных право первоочередное. Отметьте его в заявлении")
        await citizen.field.press_sequentially("И ещё", delay=PACE_MS)
        await expect(desk.at("citizen-typing")).to_be_visible()
        await expect(citizen.typing).to_be_visible()
        await citizen.field.fill("")
        await still(desk, "desk.png")
        await citizen.page.screenshot(path=PICTURES / "widget.png", animations="disabled", caret="hide")


async def conversation(citizen: CitizenPage, desk: Desk) -> None:
    await reply(desk, "Здравствуйте, Анна! Подать заявление можно уже сегодня. Вы живёте там же, где прописаны?")
    await say(citizen, "Нет, мы переехали весной, прописка временная. Вот она.")
    async with citizen.page.expect_file_chooser() as chooser:
        await citizen.page.get_by_test_id("attach").click()
    await (await chooser.value).set_files({
        "name": "Регистрация.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7\n" + b"% a paper\n" * 24_000 + b"%%EOF\n"})
    await expect(citizen.page.get_by_text("Прикреплён")).to_be_visible()
    await citizen.page.get_by_test_id("send").click()
    await expect(desk.at("attachment")).to_be_visible()
    await desk.at("note-tab").click()
    await type_words(desk, "Регистрация до мая: напомнить о продлении.")
    await desk.words.press("Control+Enter")
    await desk.at("reply-tab").click()
    await reply(desk, "Временной регистрации достаточно: примут так же, как с постоянной.")
    await say(citizen, "Отлично! А многодетной семье место дадут раньше?")
    await expect(desk.bubble("citizen", "многодетной")).to_be_visible()


async def still(desk: Desk, name: str) -> None:
    await desk.page.mouse.move(700, 5)
    await desk.page.screenshot(path=PICTURES / name, animations="disabled", caret="hide")


async def main() -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as folder:
        config = Path(folder) / "centre.toml"
        demo = (ROOT / "okno/demo/okno.toml").read_text(encoding="utf8")
        config.write_text(demo.replace("Демонстрационный центр", "Контакт-центр области"), encoding="utf8")
        async with chromium() as browser:
            with house_in(Path(folder), config) as house:
                await draw(browser, house)
    for picture in sorted(PICTURES.glob("*.png")):
        size = picture.stat().st_size
        print(f"{picture.relative_to(ROOT)}: {size / 1000:.0f} kB")
        if size > LARGEST_BYTES:
            sys.exit(f"{picture} is larger than {LARGEST_BYTES} bytes")


if __name__ == "__main__":
    asyncio.run(main())
