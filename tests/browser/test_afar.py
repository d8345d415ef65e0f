"""To a centre on another deployment in the desks of both: the way, what is away, what came, and giving it back."""

from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.browser.screens import draw
from tests.browser.stage import Stage, png
from tests.browser.test_accessibility import Inspector, in_both_sizes, look
from tests.deployments import two
from tests.peers.clamd import Daemon

pytestmark = pytest.mark.asyncio(loop_scope="session")


@in_both_sizes
async def test_there_and_back(browser: Browser, axe: str, tmp_path: Path, size: str) -> None:
    # RT-05, RT-08, LV-05, GV-14
    async with two(tmp_path) as centres, Stage(browser, centres.houses[0]) as here, Stage(browser, centres.houses[1]) as there:
        clerk = await centres.region.clerk(await centres.region.admin(), queues=("line",))
        colleague = await centres.city.clerk(await centres.city.admin(), queues=("line",))
        citizen = await centres.region.citizen(name="Пётр Волков")
        await citizen.tell("Хочу подать заявление через МФЦ")
        await citizen.tell("позовите оператора")
        await citizen.line.hear("state", holder="queue")
        desk = await here.signed_in(clerk.login, **look(size))
        inspector = Inspector(axe, desk.page)
        await clerk.does("POST", f"/api/conversations/{citizen.conversation}/take")
        await clerk.does("PUT", f"/api/conversations/{citizen.conversation}/place", {"mfc": "large"})
        await desk.row("Пётр Волков").click()
        await desk.at("transfer").click()
        await desk.at("to-pass").click()
        await desk.at("errand-mfc_staff").check()
        await expect(desk.at("way")).to_contain_text("Примет «Центр телефонного обслуживания города»: нужны сотрудники МФЦ")
        await inspector.look("way")
        await desk.at("pass-note").fill("Нужна запись на приём")
        await desk.at("confirm-pass").click()
        await expect(desk.page.get_by_role("dialog")).to_have_count(0)
        await desk.page.goto(centres.houses[0].base + "/desk/#/inbox/away")
        await desk.row("Пётр Волков").click()
        await expect(desk.at("line-handed_over").last).to_contain_text("Передано: Центр телефонного обслуживания города")
        await expect(desk.bubble("note", "принял обращение")).to_be_visible()
        await expect(desk.at("take-back")).to_be_visible()
        await inspector.look("away", "inbox-away" if size == "wide" else "")

        away = await there.signed_in(colleague.login, **look(size))
        inspector_there = Inspector(axe, away.page)
        await colleague.does("PUT", "/api/presence", {"presence": "ready"})
        await away.accept()
        await expect(away.bubble("note", "Хочу подать заявление")).to_be_visible()
        await inspector_there.look("guest")
        await desk.at("take-back").click()
        await expect(desk.bubble("note", "уже занимается обращением: оно остаётся там")).to_be_visible()
        await expect(desk.at("take-back")).to_be_visible()
        await inspector.look("stays there")
        await away.at("transfer").click()
        await away.at("to-pass").click()
        await expect(away.at("give-back")).to_be_visible()
        await inspector_there.look("give back")
        await away.at("pass-note").fill("Это не к нам")
        await away.at("give-back").click()
        await expect(away.page.get_by_role("dialog")).to_have_count(0)
        await expect(desk.bubble("note", "вернул обращение")).to_be_visible()
        await desk.page.goto(centres.houses[0].base + "/desk/#/inbox/waiting")
        await expect(desk.row("Пётр Волков")).to_be_visible()
        assert inspector.faults + inspector_there.faults == []


async def test_a_file_that_is_on_its_way(browser: Browser, axe: str, tmp_path: Path) -> None:
    # RT-08, CH-08, SE-01, GV-14: the region's scanner is away, so that the file is not given yet
    daemon = Daemon(tmp_path)
    scanner = f'\nscanner = {{ driver = "clamd", settings = {{ socket = "{daemon.socket}" }} }}\n'
    async with two(tmp_path, more={"001": scanner}) as centres, Stage(browser, centres.houses[1]) as there:
        clerk = await centres.region.clerk(await centres.region.admin(), queues=("line",))
        colleague = await centres.city.clerk(await centres.city.admin(), queues=("line",))
        citizen = await centres.region.citizen(name="Пётр Волков")
        await citizen.tell("позовите оператора")
        await citizen.line.hear("state", holder="queue")
        async with centres.region.http.post(f"{centres.houses[0].base}/chat/files?token={citizen.token}", data=png()) as answer:
            file = str((await answer.json())["file"])
        await citizen.line.send(type="say", key="photo", text="Вот фото", files=[file])
        await clerk.does("POST", f"/api/conversations/{citizen.conversation}/take")
        await clerk.does("PUT", f"/api/conversations/{citizen.conversation}/place", {"mfc": "large"})
        await clerk.does("POST", f"/api/conversations/{citizen.conversation}/pass", {"errand": "mfc_staff", "note": "Нужен приём в МФЦ"})
        desk = await there.signed_in(colleague.login, **look("wide"))
        inspector = Inspector(axe, desk.page)
        await colleague.does("PUT", "/api/presence", {"presence": "ready"})
        await desk.accept()
        bubble = desk.bubble("note", "Вот фото")
        await expect(bubble.get_by_test_id("held-file")).to_have_attribute("data-state", "coming")
        await expect(bubble).to_contain_text("Файл в пути")
        await inspector.look("file on its way")
        await draw(desk.page, "file-coming")
        daemon.start()
        try:
            await expect(bubble.get_by_role("img", name="file.png")).to_have_count(1)  # nobody has loaded the page anew
            await draw(desk.page, "file-came")
        finally:
            daemon.stop()
        assert inspector.faults == []
