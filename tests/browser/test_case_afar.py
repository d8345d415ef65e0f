"""A case at a centre on another deployment in the desks of both: sent, taken, answered, without a refresh."""

from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.browser.stage import Stage
from tests.browser.test_accessibility import Inspector, in_both_sizes, look
from tests.deployments import two
from tests.house import talking

pytestmark = pytest.mark.asyncio(loop_scope="session")
CITY = "Центр телефонного обслуживания города"


@in_both_sizes
async def test_there_and_answered(browser: Browser, axe: str, tmp_path: Path, size: str) -> None:
    # RQ-04, GV-16, GV-14
    async with two(tmp_path) as centres, Stage(browser, centres.houses[0]) as here, Stage(browser, centres.houses[1]) as there:
        clerk = await centres.region.clerk(await centres.region.admin(), queues=("line",))
        colleague = await centres.city.clerk(await centres.city.admin(), queues=("line",))
        citizen = await talking(centres.region, clerk, name="Пётр Волков")
        draft = {"key": "k", "kind": "request", "topic": "other", "text": "Не выдают справку о составе семьи"}
        number = (await clerk.does("POST", f"/api/conversations/{citizen.conversation}/cases", draft))["case"]["number"]
        await clerk.does("POST", f"/api/cases/{number}/steps", {"act": "take"})
        desk = await here.signed_in(clerk.login, **look(size))
        inspector = Inspector(axe, desk.page)
        await desk.page.goto(f"{centres.houses[0].base}/desk/#/cases/{number}")
        await desk.at("act-entrust").press("Enter")
        await desk.at("step-to").select_option(label=CITY)
        await desk.at("step-why").fill("Справку выдаёт МФЦ города")
        await inspector.look("where to")
        await desk.at("step-why").press("Control+Enter")
        await expect(desk.at("case-state")).to_have_text("В другом центре")
        await expect(desk.at("afar")).to_contain_text(CITY)
        await expect(desk.at("act-recall")).to_be_visible()

        away = await there.signed_in(colleague.login, **look(size))
        inspector_there = Inspector(axe, away.page)
        await away.page.goto(f"{centres.houses[1].base}/desk/#/cases")
        await away.at("cases-line").click()
        await away.at("case-row").first.click()
        await expect(away.at("origin")).to_contain_text(number)
        await expect(away.at("origin")).to_contain_text("Пётр Волков")
        await away.at("act-take").click()
        await expect(away.at("act-give_back")).to_be_visible()
        await inspector_there.look("from another centre", "case-from-afar" if size == "wide" else "")
        await expect(desk.at("afar-state")).to_have_text("В работе")
        await expect(desk.at("act-recall")).to_have_count(0)
        await inspector.look("at another centre", "case-afar" if size == "wide" else "")
        await desk.at("act-add").press("Enter")
        await desk.at("step-why").fill("В семье пять человек")
        await inspector.look("something to add")
        await desk.at("step-why").press("Control+Enter")
        await expect(away.at("case-step").last).to_contain_text("В семье пять человек")
        await away.at("act-answer").click()
        await away.at("step-why").fill("Справка готова")
        await away.at("step-go").click()
        await expect(desk.at("case-state")).to_have_text("Дан ответ")
        assert inspector.faults + inspector_there.faults == []
