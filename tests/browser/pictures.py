"""Draws the pictures of the documentation anew: `python -m tests.browser.pictures`.

A real hub, an evening's worth of simulated people who type at a human pace, a screenshot of each screen, and the first minute of
somebody who has never seen the desk.
"""

import asyncio
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

from playwright.async_api import Browser, expect

from tests.browser.first_minute import first_minute
from tests.browser.stage import CitizenPage, Desk, Stage, chromium
from tests.house import ADMIN, Citizen, Clerk, House, People, house_in, people

ROOT = Path(__file__).parents[2]
PICTURES = ROOT / "docs/pictures"
DESK = ROOT / "docs/desk"
SCREENS = (
    "inbox/mine", "inbox/waiting", "inbox/promised", "inbox/held", "inbox/recent", "cases", "appointments", "archive", "complaints", "floor",
    "floor/wall", "figures", "reports", "reports/service", "quality", "channels", "sifting", "audit", "surveys", "systems", "handbook",
    "articles", "scripts", "topics", "canned", "announcements", "robot", "notices", "demands", "consents", "settings", "operators",
    "security")
"""Each gives docs/desk/NAME.png, with a dash where a slash stands."""
FIRST_QUESTION, FIRST_ANSWER = "Сколько ждать справку об отсутствии судимости?", "До 30 дней, обычно 10. Готовность видно на Госуслугах."
LARGEST_BYTES = 300_000
PACE_MS = 60
"""Between two letters of a quick typist."""

ANNA = "Здравствуйте! Как записать ребёнка в детский сад?"
QUIET: tuple[tuple[str, str, str, str], ...] = (
    ("Виктор", "Потерял паспорт в поездке, что теперь делать?",
     "Виктор, заявление можно подать в любом отделении, не только по месту жительства.", "Понял, а билет по справке продадут?"),
    ("ООО «Василёк»", "Нужна справка об отсутствии судимости для сотрудника",
     "Сотрудник заказывает её сам: через Госуслуги или в МФЦ.", "Спасибо, передам ему"),
    ("Зинаида Павловна", "Как узнать размер моей пенсии?",
     "Зинаида Павловна, сейчас подскажу, где это видно без поездки в отделение.", "Жду, у меня телефон под рукой"),
    ("Тимур", "Сколько стоит загранпаспорт на 10 лет?",
     "Тимур, точную пошлину покажет форма заявления: она зависит от возраста.", "Мне 17, родители должны прийти со мной?"),
    ("Марина", "Как оформить налоговый вычет за лечение?",
     "Марина, справку об оплате теперь даёт сама клиника, чеки собирать не нужно.", "А за прошлый год ещё можно?"),
)
"""Who he is, what he asks the robot, what the operator answers, what he says to that."""


LINE = (
    ("Рустам", "Когда начнут платить пособие?", "Заявление подал в начале месяца, ответа пока нет."),
    ("Лидия", "Где принимают заявления на субсидию?", "Субсидия на коммунальные услуги."),
    ("Павел", "Как записаться на приём в МФЦ?", "Удобно в субботу."),
)
"""Who waits, what he asks the robot, what he adds for the operator."""


class Centre:
    """The people of the pictures."""

    def __init__(self, stage: Stage, crowd: People, admin: Clerk) -> None:
        self.stage, self.crowd, self.admin = stage, crowd, admin

    async def employee(self, login: str, name: str, role: str) -> Clerk:
        body = {"login": login, "name": name, "role": role, "queues": ["general", "documents", "social"]}
        opened = await self.admin.does("POST", "/api/operators", body)
        return await self.crowd.stranger(login).sign_in(opened["one_time_password"])

    async def in_line(self, name: str, question: str) -> Citizen:
        citizen = await self.crowd.citizen(name=name, person="organisation" if name.startswith("ООО") else "individual")
        await citizen.line.hear("message", author="bot")
        await citizen.tell(question)
        await citizen.line.hear("message", author="bot")
        await citizen.tell("Позовите оператора")
        await citizen.line.hear("state", holder="queue")
        return citizen

    async def served(self, clerk: Clerk, name: str, question: str, answer: str, thanks: str) -> None:
        citizen = await self.in_line(name, question)
        await clerk.does("POST", f"/api/conversations/{citizen.conversation}/take")
        await clerk.does("POST", f"/api/conversations/{citizen.conversation}/reply", {"key": name, "text": answer})
        await citizen.line.hear("message", author="operator")
        await citizen.tell(thanks)


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


async def as_anna(centre: Centre, **options: Any) -> CitizenPage:
    """A page that remembers a conversation begun with a name."""
    anna = await centre.crowd.citizen(name="Анна")
    await anna.line.hear("message", author="bot")
    await anna.line.close()
    page = await centre.stage.window(**options)
    await page.add_init_script(f"localStorage.setItem('okno:{centre.stage.house.base}:token', '{anna.token}')")
    await page.goto(f"{centre.stage.house.base}/")
    return await CitizenPage(page).greeted()


async def draw(browser: Browser, house: House) -> None:
    async with people(house) as crowd, Stage(browser, house) as stage:
        centre = Centre(stage, crowd, await crowd.admin())
        olga = await centre.employee("olga", "Ольга Ветрова", "supervisor")
        ivan = await centre.employee("ivan", "Иван Лугов", "operator")
        desk = await stage.signed_in(olga.login, viewport={"width": 1440, "height": 900}, color_scheme="light")
        citizen = await as_anna(centre, viewport={"width": 1280, "height": 860}, color_scheme="light")
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
        await gallery(stage)


async def draw_first_minute(browser: Browser, house: House) -> None:
    """In a centre where nobody else is at work."""
    async with people(house) as crowd, Stage(browser, house) as stage:
        seconds = await novice(stage, Centre(stage, crowd, await crowd.admin()))
        print(f"the first minute took {seconds:.0f} s")


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


async def gallery(stage: Stage) -> None:
    """Every screen as an administrator sees it; it has come when nothing is on its way any more."""
    desk = await stage.signed_in(ADMIN, viewport={"width": 1280, "height": 800}, color_scheme="light", reduced_motion="reduce")
    for screen in SCREENS:
        await desk.page.evaluate("(to) => { location.hash = to; }", f"#/{screen}")
        await expect(desk.page.locator("main")).to_be_visible()
        await desk.page.wait_for_load_state("networkidle")
        await expect(desk.page.locator("[aria-busy=true]")).to_have_count(0)
        await desk.page.screenshot(path=DESK / f"{screen.replace('/', '-')}.png", animations="disabled", caret="hide")
    await moves(desk)


async def moves(desk: Desk) -> None:
    """How people, and those who wait, are moved."""
    async def look(name: str) -> None:
        await desk.page.screenshot(path=DESK / f"{name}.png", animations="disabled", caret="hide")

    await desk.page.evaluate("() => { location.hash = '#/floor'; }")
    await desk.at("lend-choose").first.check()
    await desk.at("lend").click()
    await desk.page.locator("[data-test=lend-line][data-id=social]").check()
    await expect(desk.at("lend-then").first).to_be_visible()
    await look("floor-lend")
    await desk.page.keyboard.press("Escape")
    await desk.page.evaluate("() => { location.hash = '#/inbox/waiting'; }")
    await desk.at("choose").first.check()
    await desk.at("choose-all").click()
    await desk.at("rearrange").click()
    await desk.choose("transfer-to", "queue:social")
    await expect(desk.at("rearrange-outlook").locator("p").first).to_be_visible()
    await look("inbox-waiting-transfer")


async def novice(stage: Stage, centre: Centre) -> float:
    """The first minute, with a picture of each step; how many seconds of it went by until the citizen had his answer."""
    opened = await centre.admin.does("POST", "/api/operators", {
        "login": "novice", "name": "Вера Новикова", "role": "operator", "queues": ["general", "documents", "social"]})
    page = (await stage.desk(viewport={"width": 1280, "height": 800}, color_scheme="light")).page
    citizen = await centre.in_line("Никита", FIRST_QUESTION)

    async def look(step: str) -> None:
        await page.screenshot(path=DESK / f"first-minute-{step}.png", animations="disabled", caret="hide")

    start = perf_counter()
    await first_minute(page, "novice", opened["one_time_password"], citizen, FIRST_QUESTION, FIRST_ANSWER, look)
    return perf_counter() - start


async def still(desk: Desk, name: str) -> None:
    await desk.page.mouse.move(700, 5)
    await desk.page.screenshot(path=PICTURES / name, animations="disabled", caret="hide")


async def main() -> None:
    for folder_of in (PICTURES, DESK):
        folder_of.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as folder:
        config = Path(folder) / "centre.toml"
        demo = (ROOT / "okno/demo/okno.toml").read_text(encoding="utf8")
        config.write_text(demo.replace("Демонстрационный центр", "Контакт-центр области"), encoding="utf8")
        async with chromium() as browser:
            for name, drawn in (("full", draw), ("first", draw_first_minute)):
                (Path(folder) / name).mkdir()
                with house_in(Path(folder) / name, config) as house:
                    await drawn(browser, house)
    for picture in sorted([*PICTURES.glob("*.png"), *DESK.glob("*.png")]):
        size = picture.stat().st_size
        print(f"{picture.relative_to(ROOT)}: {size / 1000:.0f} kB")
        if size > LARGEST_BYTES:
            sys.exit(f"{picture} is larger than {LARGEST_BYTES} bytes")


if __name__ == "__main__":
    asyncio.run(main())
