"""Complaints at the desk: sent up and never to the one complained of, counted, and made into a recommendation; all of it under axe."""


import pytest
from playwright.async_api import expect

from tests.browser.screens import pictured
from tests.browser.stage import Desk, Stage, waiting
from tests.browser.test_accessibility import BOTH, Inspector, look
from tests.browser.test_cases import case_of
from tests.house import Clerk, People

pytestmark = pytest.mark.asyncio(loop_scope="session")

OF, ABOVE = "gibdd-fines", "mvd-region"
"""Who is complained of in the demonstration's handbook, and who stands above."""


async def goes(desk: Desk, to: str) -> None:
    await desk.page.evaluate("(to) => { location.hash = to; }", f"#/{to}")


async def complained(crowd: People, admin: Clerk, clerk: Clerk, key: str, **matter: str) -> str:
    citizen = (await waiting(crowd, "Хочу пожаловаться"))[0]
    await clerk.does("POST", f"/api/conversations/{citizen.conversation}/take")
    return await case_of(clerk, citizen, key, "Не приняли документы, требуют лишнюю справку", kind="complaint", shown="паспорт", matter=matter)


async def test_what_was_stated_is_corrected_and_it_goes_to_one_above(stage: Stage, crowd: People, admin: Clerk, axe: str) -> None:
    # CM-03, CM-04, GV-14
    clerk = await crowd.clerk(admin)
    number = await complained(crowd, admin, clerk, "a", deviation="Требуют справку")
    desk = await stage.signed_in(clerk.login, **look("wide"))
    inspector = Inspector(axe, desk.page, *BOTH)
    await goes(desk, f"cases/{number}")
    await desk.at("act-take").click()
    await desk.at("restate").press("Enter")
    title = next(row["title"] for row in await clerk.does("GET", "/api/handbook?sort=authority") if row["id"] == OF)
    await desk.at("matter-authority").fill(title)
    await desk.at("matter-breach").select_option("extra_papers")
    await inspector.look("what was stated")
    await pictured(desk, "complaints-matter")
    await desk.at("matter-go").press("Enter")
    await expect(desk.at("matter")).to_contain_text("Потребованы лишние документы")
    await expect(desk.at("matter")).to_contain_text(title)
    assert (await clerk.does("GET", f"/api/cases/{number}"))["matter"]["authority"] == OF

    await desk.at("act-send").press("Enter")
    await expect(desk.at("refer-to")).to_have_value(ABOVE)
    assert OF not in await desk.at("refer-to").locator("option").evaluate_all("(all) => all.map(({value}) => value)")
    await expect(desk.at("no-mailbox")).to_be_visible()
    await inspector.look("whom it goes to")
    await pictured(desk, "complaints-refer")
    await desk.at("refer-go").press("Enter")
    await expect(desk.at("case-state")).to_have_text("В органе власти")
    await expect(desk.at("referral")).to_have_attribute("data-id", ABOVE)
    await expect(desk.at("referral-state")).to_have_text("Ещё не ушло")
    awaited = desk.at("awaited").filter(has_text=number)
    await expect(awaited).to_have_count(1)
    await desk.at("receipt-number").fill("вх. 17/26")
    await awaited.locator("summary").click()
    await inspector.look("where it was sent")
    await desk.at("receipt-number").press("Enter")
    await expect(awaited).to_have_count(0)
    await expect(desk.at("referral-state")).to_have_text("Получено")
    await expect(desk.at("receipt")).to_contain_text("вх. 17/26")
    await pictured(desk, "complaints-referral")
    await desk.at("pass-answer").press("Enter")
    await desk.at("step-why").fill("Документы приняли без справки")
    await desk.at("step-go").click()
    await expect(desk.at("case-state")).to_have_text("Дан ответ")
    assert not inspector.faults, inspector.faults


async def test_complaints_become_a_recommendation_that_another_approves(stage: Stage, crowd: People, admin: Clerk, axe: str) -> None:
    # CM-05, CM-06, CM-07, GV-14
    author, boss = await crowd.clerk(admin, "supervisor"), await crowd.clerk(admin, "supervisor")
    deviation = "Окно"
    numbers = [await complained(crowd, admin, author, key, authority=deviation, breach="refused_papers") for key in ("b", "c")]
    desk, other = await stage.signed_in(author.login, **look("wide")), await stage.signed_in(boss.login, **look("wide"))
    inspector = Inspector(axe, desk.page, *BOTH)
    await goes(desk, "complaints")
    row = desk.at("count-authority").locator(f"[data-test=count-row][data-id='{deviation}']")
    await expect(row).to_be_visible()
    await row.get_by_test_id("narrow").press("Enter")
    await expect(desk.at("tile-complaints")).to_contain_text("2")
    await expect(desk.at("only-authority")).to_have_value(deviation)
    await desk.at("count-breach").get_by_test_id("figure").press("Enter")
    await expect(desk.at("behind").get_by_test_id("case-row")).to_have_count(2)
    await inspector.look("what complaints show")
    await pictured(desk, "complaints-counts")
    more = await complained(crowd, admin, author, "d", authority=deviation, breach="extra_papers")
    await expect(desk.at("tile-complaints")).to_contain_text("3")  # by the live line

    await desk.at("draft").press("Enter")
    await desk.at("advice-title").fill("Принимать документы без справки")
    await desk.at("advice-addressee").select_option(ABOVE)
    await desk.at("advice-cause").fill("Окна не знают порядка")
    await desk.at("advice-proposal").fill("Запрашивать справку самим")
    await inspector.look("a new recommendation")
    await pictured(desk, "complaints-draft")
    await desk.at("advice-title").press("Enter")
    await expect(desk.at("fate")).to_have_text("Черновик")
    await expect(desk.at("numbers")).to_contain_text("3 жалобы")
    await expect(desk.at("move-approved")).to_have_count(0)
    id_ = await desk.at("recommendation").get_attribute("data-id") or ""
    await desk.at("rewrite").press("Enter")
    await desk.at("advice-cause").fill("Окна не знают нового порядка")
    await desk.at("advice-save").click()
    await expect(desk.at("edition")).to_have_count(2)
    await expect(desk.at("changed-cause")).to_contain_text("Окна не знают порядка Окна не знают нового порядка")
    await inspector.look("a recommendation")

    await goes(other, f"complaints/recommendations/{id_}")
    await other.at("move-approved").press("Enter")
    await expect(desk.at("fate")).to_have_text("Утверждена")  # by the live line
    for state, told in (("sent", "Отправлена"), ("accepted", "Принята"), ("done", "Выполнена")):
        await expect(desk.at(f"move-{state}")).to_be_enabled()  # the live line is quicker than the last move's answer
        await desk.at(f"move-{state}").press("Enter")
        await expect(desk.at("fate")).to_have_text(told)
    await pictured(desk, "complaints-recommendation")
    await desk.page.get_by_text("Номера 3 обращений").click()
    assert sorted(await desk.at("evidence").all_inner_texts()) == sorted([*numbers, more])
    for form in ("docx", "pdf"):
        async with desk.page.expect_download() as saved:
            await desk.at(f"file-{form}").click()
        assert (await saved.value).suggested_filename == f"{id_}.{form}"
    assert not inspector.faults, inspector.faults
