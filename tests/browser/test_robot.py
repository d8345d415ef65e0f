"""What designers and supervisors see of the robot's conversations."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.browser.stage import Stage
from tests.browser.test_accessibility import Inspector, in_both_sizes, look
from tests.browser.test_figures import visit
from tests.house import Clerk, House, People
from tests.past import NEW, YESTERDAY, house_that_talked

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house_that_talked(tmp_path_factory.mktemp("house")) as running:
        yield running


async def test_a_supervisor_sees_what_the_robot_came_to(stage: Stage, crowd: People, admin: Clerk, tmp_path: Path) -> None:  # MC-02 OC-05
    boss = await stage.signed_in((await crowd.clerk(admin, "supervisor")).login)
    await boss.at("view-robot").click()
    await expect(boss.at("tile-contained")).to_contain_text("70 %")
    await expect(boss.at("tile-missed")).to_contain_text("16,6 %")
    await expect(boss.at("robot-statistics")).to_have_count(1)
    await expect(boss.at("robot-versions")).to_have_count(1)  # who approves looks at what is to be published
    await expect(boss.at("intent").first).to_contain_text("ask_mfc")
    await boss.at("version-choice").select_option(NEW)
    await expect(boss.at("tile-contained")).to_contain_text("4 из 5")
    await boss.at("version-choice").select_option("")
    await boss.at("first").fill(YESTERDAY.isoformat())
    await expect(boss.at("tile-talks")).to_contain_text("7")
    async with boss.page.expect_download() as download:
        await boss.at("days-table").click()
    file = await download.value
    await file.save_as(tmp_path / "table.csv")
    assert (tmp_path / "table.csv").read_text(encoding="utf-8-sig").splitlines()[-1].startswith("За период;7;")
    await boss.at("period-1").click()
    await expect(boss.page.get_by_text("Диалогов не было")).to_be_visible()


async def test_a_talk_becomes_a_test_of_the_draft(stage: Stage, axe: str, crowd: People, admin: Clerk) -> None:  # KB-02 GV-14
    desk = await stage.signed_in((await crowd.clerk(admin, "admin")).login, **look("wide"))
    await visit(desk, "robot/phrases/single")
    await desk.at("phrase").last.get_by_test_id("phrase-conversation").click()
    await desk.at("reason-why").select_option("Проверка качества")
    await desk.at("reason-go").click()
    await desk.at("make-talk-test").click()
    await expect(desk.at("talk-test-text").first).to_be_visible()
    said = [await each.input_value() for each in await desk.at("talk-test-text").all()]
    assert any("гараж" in text for text in said)
    assert not any(sign.isdigit() for text in said for sign in text)
    inspector = Inspector(axe, desk.page)
    await inspector.look("a talk becomes a test")
    assert inspector.faults == []
    await desk.at("talk-test-name").fill("Гараж")
    await desk.at("talk-test-intent").last.select_option("out_of_scope")
    await desk.at("talk-test-actions").last.fill("utter_out_of_scope")
    for kept in (await desk.at("talk-test-kept").all())[:-1]:
        await kept.uncheck()
    await desk.at("save-talk-test").click()
    await expect(desk.page.get_by_text("Тест добавлен в черновик: tests/test_conversations.yml.")).to_be_visible()
    draft = await admin.does("GET", "/api/robot/draft")
    written = await admin.does("GET", f"/api/robot/draft/file?draft={draft['id']}&path=tests/test_conversations.yml")
    assert "story: Гараж" in written["text"]
    assert "intent: out_of_scope" in written["text"]
    await admin.does("DELETE", f"/api/robot/draft?draft={draft['id']}")


async def test_phrases_are_assigned_by_keys(stage: Stage, crowd: People, admin: Clerk) -> None:  # KB-02 GV-14
    desk = await stage.signed_in((await crowd.clerk(admin, "designer")).login)
    await visit(desk, "robot/phrases/single")
    cards = desk.at("phrase")
    await expect(cards).to_have_count(3)
    await expect(cards.last).to_contain_text("хочу снять гараж с учёта, мой телефон телефон")
    await expect(desk.at("phrase-conversation")).to_have_count(0)
    await cards.first.focus()
    await desk.page.keyboard.press("ArrowDown")
    await expect(cards.nth(1)).to_be_focused()
    await desk.page.keyboard.press("Delete")
    await expect(desk.at("phrases-total")).to_have_text("Ждут разбора: 2 фразы")
    await expect(cards.last).to_be_focused()
    await desk.page.keyboard.press("KeyE")
    await expect(desk.at("phrase-text")).to_have_value("хочу снять гараж с учёта, мой телефон")
    await desk.at("phrase-text").fill("Снять гараж с учёта")
    await cards.last.focus()
    await desk.page.keyboard.press("Enter")
    await expect(desk.at("intent-choice-filter")).to_be_focused()
    await desk.page.keyboard.type("снег")
    await expect(desk.at("intent-choice")).to_have_count(1)
    await desk.page.keyboard.press("Enter")
    await expect(cards).to_have_count(1)
    draft = await admin.does("GET", "/api/robot/draft")
    written = await admin.does("GET", f"/api/robot/draft/file?draft={draft['id']}&path=data/nlu/phrases.yml")
    assert "- intent: out_of_scope\n  examples: |\n    - Снять гараж с учёта\n" in written["text"]
    await cards.first.focus()
    await desk.page.keyboard.press("Control+KeyZ")
    await expect(cards).to_have_count(2)
    await desk.at("assigned").locator("summary").click()
    await expect(desk.at("assigned-phrase")).to_have_count(1)
    await desk.at("undo-assigned").click()
    await expect(cards).to_have_count(3)
    await expect(desk.at("assigned")).to_have_count(0)


async def test_who_has_assigned_everything_is_told_so(stage: Stage, crowd: People, admin: Clerk) -> None:  # KB-02
    desk = await stage.signed_in((await crowd.clerk(admin, "admin")).login)
    await visit(desk, "robot/phrases/single")
    await desk.at("phrase-conversation").last.click()
    await desk.say_why()
    await expect(desk.page.get_by_text("89031112233")).to_be_visible()
    await desk.page.go_back()
    await expect(desk.at("phrase")).to_have_count(3)
    await desk.at("guess-3").click()
    await expect(desk.at("phrase")).to_have_count(2)
    for left in (1, 0):
        await desk.at("dismiss").first.click()
        await expect(desk.at("phrase")).to_have_count(left)
    await expect(desk.page.get_by_text("Всё разобрано")).to_be_visible()
    for _ in range(3):
        before = await desk.at("phrase").count()
        await desk.at("undo").last.click()
        await expect(desk.at("phrase")).to_have_count(before + 1)


@in_both_sizes
async def test_accessibility(stage: Stage, axe: str, crowd: People, admin: Clerk, size: str) -> None:  # GV-14
    desk = await stage.signed_in((await crowd.clerk(admin, "admin")).login, **look(size))
    inspector = Inspector(axe, desk.page)
    await visit(desk, "robot/statistics")
    await expect(desk.at("tile-contained")).to_contain_text("70 %")
    await inspector.look("statistics")
    await desk.at("period-1").click()
    await expect(desk.page.get_by_text("Диалогов не было")).to_be_visible()
    await inspector.look("no talks")
    await visit(desk, "robot/phrases/single")
    await expect(desk.page.get_by_text("Всё разобрано")).to_be_visible()
    await inspector.look("no phrases")
    await desk.at("period-7").click()
    await expect(desk.at("phrase")).to_have_count(3)
    await desk.at("dismiss").first.click()
    await expect(desk.at("phrase")).to_have_count(2)
    await desk.at("assigned").locator("summary").click()
    await desk.at("edit-phrase").first.click()
    await desk.at("pick-intent").first.click()
    await expect(desk.at("intent-choice").first).to_be_visible()
    await inspector.look("phrases")
    await desk.at("undo-assigned").click()
    await expect(desk.at("phrase")).to_have_count(3)
    assert inspector.faults == []
