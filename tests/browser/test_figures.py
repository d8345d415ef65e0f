"""A day's figures and the operators' accounts, as a supervisor and an administrator see and change them."""

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import expect

from tests.browser.stage import Desk, Stage
from tests.browser.test_accessibility import Inspector, in_both_sizes, look
from tests.house import Clerk, House, People
from tests.past import YESTERDAY, house_with_a_past

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house_with_a_past(tmp_path_factory.mktemp("house")) as running:
        yield running


async def visit(desk: Desk, screen: str) -> None:
    await desk.page.evaluate("(to) => { location.hash = to; }", f"#/{screen}")


@pytest_asyncio.fixture(loop_scope="session")
async def boss(stage: Stage, crowd: People, admin: Clerk) -> AsyncIterator[Desk]:
    """A supervisor who looks at yesterday."""
    desk = await stage.signed_in((await crowd.clerk(admin, "supervisor", queues=("general", "federal"))).login)
    await desk.at("view-figures").click()
    await expect(desk.at("tile-level")).to_be_visible()
    await desk.at("day-before").click()
    await expect(desk.at("day")).to_have_value(YESTERDAY.isoformat())
    yield desk


async def test_each_breach_is_listed_and_leads_to_its_conversation(boss: Desk, admin: Clerk) -> None:  # SL-03 CH-14
    await expect(boss.at("tile-level")).to_contain_text("33,3 %")
    await expect(boss.at("tile-breaches")).to_contain_text("3")
    await expect(boss.at("breach")).to_have_count(3)
    late = boss.at("breach").filter(has_text="0:45")
    await expect(late).to_contain_text("приняли слишком поздно")
    await expect(boss.at("breach").filter(has_text="0:25")).to_contain_text("не дождался")
    listed = await admin.does("GET", f"/api/figures/breaches?day={YESTERDAY}")
    await late.get_by_role("link").click()
    await boss.say_why()
    await expect(boss.at("head-number")).to_have_text(listed["breaches"][0]["number"])
    await boss.page.go_back()
    await expect(boss.at("day")).to_have_value(YESTERDAY.isoformat())


async def test_the_breaches_of_one_interval(boss: Desk) -> None:  # SL-03 MC-02
    await expect(boss.at("interval")).to_have_count(4)
    await boss.at("intervals").get_by_role("button", name="10:30").click()
    await expect(boss.at("breach")).to_have_count(1)
    await expect(boss.at("breach")).to_contain_text("0:25")
    await boss.at("whole-day").click()
    await expect(boss.at("breach")).to_have_count(3)
    await boss.at("minutes").select_option("60")
    await expect(boss.at("interval")).to_have_count(4)
    await expect(boss.at("interval").nth(1)).to_contain_text("10:00")
    await boss.at("picture").locator("g.bar").nth(23).click()  # the last hour, as its bar
    await expect(boss.at("breach")).to_have_count(1)
    await expect(boss.at("breach")).to_contain_text("0:30")


async def test_centres_apart_and_their_sum(boss: Desk, tmp_path: Path) -> None:  # FD-06 MC-01
    country = boss.at("country")
    await expect(country.get_by_test_id("centre")).to_have_count(2)
    await expect(country.locator("[data-id='000']")).to_contain_text("уточнён, версия 2")
    await expect(country.locator("tfoot")).to_contain_text("уточнений: 1")
    await expect(country).to_contain_text("Отчётов нет: Центр телефонного обслуживания республики, Центр телефонного обслуживания города.")
    await boss.at("centre-choice").select_option("000")
    await expect(boss.at("tile-level")).to_contain_text("100 %")
    await expect(boss.page.get_by_text("Таких нет.")).to_be_visible()
    async with boss.page.expect_download() as download:
        await boss.at("table").click()
    file = await download.value
    assert file.suggested_filename == f"figures-{YESTERDAY}.csv"
    await file.save_as(tmp_path / "table.csv")
    content = (tmp_path / "table.csv").read_text(encoding="utf-8-sig")
    assert content.splitlines()[-1].startswith("За день;1;100,0;5,0;1;1;0;")


async def test_today_moves_by_itself(boss: Desk, crowd: People, admin: Clerk) -> None:  # CH-13
    await visit(boss, "figures")
    picture = boss.at("picture")
    await expect(picture).to_contain_text("Ответ за 20 с")
    await expect(picture).not_to_contain_text("Ещё ждут")
    citizen = await crowd.citizen()
    await citizen.tell("позовите оператора")
    await citizen.line.hear("state", holder="queue")
    await expect(picture).to_contain_text("Ещё ждут 1")
    await admin.does("POST", f"/api/conversations/{citizen.conversation}/take")
    await expect(picture).not_to_contain_text("Ещё ждут")
    await expect(boss.at("tile-talks")).to_contain_text("0 из 0")
    await admin.does("POST", f"/api/conversations/{citizen.conversation}/close", {"topic": "other"})
    await expect(boss.at("tile-talks")).to_contain_text("1 из 1")


async def test_figures_are_for_those_who_may_see_them(stage: Stage, crowd: People, admin: Clerk) -> None:  # SE-01
    desk = await stage.signed_in((await crowd.clerk(admin, "senior")).login)
    await expect(desk.at("view-archive")).to_be_visible()
    await expect(desk.at("view-figures")).to_have_count(0)
    await visit(desk, "figures")
    await expect(desk.at("rail")).to_be_visible()
    await expect(desk.at("figures")).to_have_count(0)


async def test_a_changed_account_shows_on_the_desk_that_is_open(stage: Stage, crowd: People, admin: Clerk) -> None:  # CH-08 SE-01
    clerk = await crowd.clerk(admin)
    theirs = await stage.signed_in(clerk.login)
    await expect(theirs.at("view-mine")).to_be_visible()
    await expect(theirs.at("view-held")).to_have_count(0)
    desk = await stage.signed_in((await crowd.clerk(admin, "admin", queues=("general", "federal"))).login)
    await visit(desk, "operators")
    row = desk.page.locator(f"[data-test=operator][data-id={clerk.login}]")
    await row.get_by_test_id("edit").click()
    await desk.at("operator-name").fill("Айгуль Сафина")
    await desk.at("operator-role").select_option("senior")
    await desk.page.get_by_label("Федеральная").check()
    await desk.at("skill-passports").select_option("4")
    await desk.at("add-language").select_option("tt")
    await desk.at("save-operator").click()
    await expect(row).to_contain_text("Айгуль Сафина")
    await expect(row).to_contain_text("Общая, Федеральная")
    await expect(row.get_by_test_id("abilities")).to_have_text("passports 4, русский, татарский")
    await expect(theirs.at("view-held")).to_be_visible()
    await expect(theirs.at("rail")).to_contain_text("Айгуль Сафина")
    await row.get_by_test_id("edit").click()
    await expect(desk.at("skill-passports")).to_have_value("4")
    await desk.at("language-tt").get_by_role("button").click()
    await desk.at("skill-passports").select_option("0")
    await desk.at("save-operator").click()
    await expect(row.get_by_test_id("abilities")).to_have_count(0)
    own = desk.page.locator(f"[data-test=operator][data-id={desk.login}]")
    await own.get_by_test_id("edit").click()
    await expect(desk.at("operator-role")).to_be_disabled()


async def test_a_contractors_employee_is_given_functions(stage: Stage, crowd: People, admin: Clerk) -> None:  # LV-07
    clerk = await crowd.clerk(admin, queues=("federal",))
    desk = await stage.signed_in((await crowd.clerk(admin, "admin", queues=("general", "federal"))).login)
    await visit(desk, "operators")
    row = desk.page.locator(f"[data-test=operator][data-id={clerk.login}]")
    await row.get_by_test_id("edit").click()
    await expect(desk.at("function-information")).to_have_count(0)
    await desk.at("operator-contractor").select_option("ООО «Пример связи»")
    await desk.at("function-information").check()
    await desk.at("save-operator").click()
    await expect(row.get_by_test_id("contractor")).to_have_text("ООО «Пример связи»: информирование")
    await row.get_by_test_id("edit").click()
    await expect(desk.at("function-information")).to_be_checked()
    await desk.at("operator-contractor").select_option("")
    await desk.at("save-operator").click()
    await expect(row.get_by_test_id("contractor")).to_have_count(0)


@in_both_sizes
async def test_accessibility(stage: Stage, axe: str, crowd: People, admin: Clerk, size: str) -> None:  # GV-14
    desk = await stage.signed_in((await crowd.clerk(admin, "admin", queues=("general", "federal"))).login, **look(size))
    inspector = Inspector(axe, desk.page)
    await visit(desk, f"figures/{YESTERDAY}")
    await expect(desk.at("breach")).to_have_count(3)
    await expect(desk.at("country")).to_be_visible()
    await inspector.look("figures")
    await desk.at("intervals").get_by_role("button", name="10:30").click()
    await expect(desk.at("whole-day")).to_be_visible()
    await inspector.look("one interval")
    await visit(desk, f"figures/{YESTERDAY - timedelta(days=1)}")
    await expect(desk.page.get_by_text("Таких нет.")).to_be_visible()
    await inspector.look("a day without anything")
    await visit(desk, "operators")
    await expect(desk.at("operator").first).to_be_visible()
    await inspector.look("operators")
    await desk.page.locator(f"[data-test=operator][data-id={desk.login}]").get_by_test_id("edit").click()
    await expect(desk.at("save-operator")).to_be_visible()
    await inspector.look("an account")
    assert inspector.faults == []
