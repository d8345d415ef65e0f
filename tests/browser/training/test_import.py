"""A supervisor takes over results of another learning system; the operator sees the lesson as passed (TR-02)."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from playwright.async_api import expect

from tests.browser.stage import Stage
from tests.browser.test_accessibility import BOTH, Inspector, look
from tests.house import Clerk, People

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_results_are_looked_at_and_taken_over(stage: Stage, crowd: People, admin: Clerk, axe: str) -> None:  # TR-02
    boss, anna = await crowd.clerk(admin, "supervisor"), await crowd.clerk(admin)
    hers = await stage.signed_in(anna.login, **look("wide"))
    await hers.page.evaluate("() => { location.hash = '#/training/operator'; }")
    plain = hers.page.locator("[data-test=lesson-row][data-id=plain]")
    await expect(plain).to_be_visible()
    await expect(plain).not_to_contain_text("Пройден")

    desk = await stage.signed_in(boss.login, **look("wide"))
    await desk.page.evaluate("() => { location.hash = '#/classes/results'; }")
    day = datetime.now(UTC) - timedelta(days=1)
    table = (f"логин;курс;урок;результат;дата\n{anna.login};operator;plain;95 %;{day:%d.%m.%Y}\n"
             f"никто;operator;plain;95 %;{day:%d.%m.%Y}\n{anna.login};operator;structure;40 %;{day:%d.%m.%Y}\n")
    await desk.at("results-source").fill("Академия")
    # The table of a Russian Excel is in Windows-1251.
    await desk.at("results-file").set_input_files({"name": "results.csv", "mimeType": "text/csv", "buffer": table.encode("cp1251")})
    await desk.at("results-look").click()
    await expect(desk.at("results-count")).to_have_text(["засчитываются: 1", "не пройдены: 1", "с ошибкой: 1"])
    await expect(desk.at("results-row")).to_have_count(3)
    await expect(desk.at("results-row").first).to_contain_text("ошибка")
    await expect(plain).not_to_contain_text("Пройден")
    inspector = Inspector(axe, desk.page, *BOTH)
    await inspector.look("preview")
    await desk.at("results-take").click()
    await expect(desk.at("results-preview")).to_contain_text("Зачтено")
    await hers.page.reload()
    await expect(plain).to_contain_text("Пройден")
    await desk.at("results-look").click()
    await expect(desk.at("results-count").first).to_have_text("уже известны узлу: 1")
    await expect(desk.at("results-take")).to_be_disabled()

    statement = {"id": "0e1e2f30-1111-4a2b-8c3d-000000000001", "timestamp": day.isoformat(), "result": {"score": {"scaled": 1}},
                 "actor": {"objectType": "Agent", "account": {"homePage": "https://lms.example", "name": anna.login}},
                 "verb": {"id": "http://adlnet.gov/expapi/verbs/passed"},
                 "object": {"id": "https://lms.example/xapi/okno-operator-1/lesson-structure", "objectType": "Activity"}}
    await desk.at("results-file").set_input_files(
        {"name": "statements.json", "mimeType": "application/json", "buffer": json.dumps([statement]).encode()})
    await desk.at("results-look").click()
    await expect(desk.at("results-count")).to_have_text(["засчитываются: 1"])
    await desk.at("results-take").click()
    await expect(desk.at("results-preview")).to_contain_text("Зачтено")
    await hers.page.reload()
    await expect(hers.page.locator("[data-test=lesson-row][data-id=structure]")).to_contain_text("Пройден")
    await desk.page.evaluate("() => { location.hash = '#/classes/courses'; }")
    await expect(desk.at("courses")).to_be_visible()
    assert inspector.faults == []
