"""A designer settles phrases of one meaning at once: taught, written up, not ours, and taken back (KB-02)."""

import asyncio
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.async_api import expect

from bots.russian import Russian
from storage.sqlite import SqliteStore
from tests.browser.stage import Desk, Stage
from tests.browser.test_accessibility import BOTH, Inspector, look
from tests.browser.test_figures import visit
from tests.house import Clerk, House, People, house_in
from tests.past import ROBOT, YESTERDAY, Past, at

pytestmark = pytest.mark.asyncio(loop_scope="session")

GARAGE = ("хочу снять гараж с учёта", "снять гараж с учета", "как снять с учёта гараж, тел. 8 903 111-22-33")
SNOW = ("убирают ли снег с крыши", "кто убирает снег с крыши дома")


async def fill(folder: Path) -> None:
    folder.mkdir(mode=0o700)
    store = SqliteStore(folder / "okno.db", Russian())
    past = Past(store, at(YESTERDAY - timedelta(days=7), 9))
    await past.tells("раньше", "снимаю гараж с учёта")
    past.now = at(YESTERDAY, 9)
    for words in (*GARAGE, *SNOW):
        past.forward(60)
        await past.tells(words, words, likely=("ask_fee", "file_complaint"))
    await store.close()


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("house")
    (folder / "okno.toml").write_text(ROBOT, encoding="utf8")
    asyncio.run(fill(folder / "data"))
    with house_in(folder, folder / "okno.toml") as running:
        yield running


async def opened(stage: Stage, crowd: People, admin: Clerk) -> Desk:
    desk = await stage.signed_in((await crowd.clerk(admin, "designer")).login, **look("wide"))
    await visit(desk, "robot/phrases")
    await expect(desk.at("phrase-group")).to_have_count(2)
    return desk


async def phrases_file(admin: Clerk) -> str:
    return str((await admin.does("GET", "/api/robot/draft/file?path=data/nlu/phrases.yml"))["text"])


async def test_a_group_is_taught_and_taken_back_by_keys(stage: Stage, crowd: People, admin: Clerk, axe: str) -> None:
    # KB-02, GV-14
    desk = await opened(stage, crowd, admin)
    garage = desk.at("phrase-group").first
    await expect(desk.at("groups-total")).to_have_text("2 группы, фраз: 5")
    await expect(garage.get_by_test_id("group-phrase")).to_have_count(3)
    await expect(garage.get_by_test_id("group-trend")).to_have_text("больше: было 1")
    await expect(garage).not_to_contain_text("903")
    inspector = Inspector(axe, desk.page, *BOTH)
    await inspector.look("groups of phrases")
    # What does not belong is left out: it stays listed, alone.
    await garage.get_by_test_id("group-phrase").filter(has_text="снять гараж с учета").get_by_test_id("group-kept").uncheck()
    await garage.focus()
    await desk.page.keyboard.press("Enter")
    await expect(desk.at("group-choice-filter")).to_be_focused()
    await inspector.look("an intent is looked for")
    await desk.page.keyboard.type("out_of_scope")
    await expect(desk.at("group-choice").first).to_contain_text("out_of_scope")
    await desk.page.keyboard.press("Enter")
    await expect(desk.at("groups-total")).to_have_text("2 группы, фраз: 3")
    written = await phrases_file(admin)
    assert "- хочу снять гараж с учёта\n" in written
    assert "снять гараж с учета" not in written
    assert "903" not in written
    await desk.at("phrase-group").first.focus()
    await desk.page.keyboard.press("Control+KeyZ")
    await expect(desk.at("groups-total")).to_have_text("2 группы, фраз: 5")
    assert "гараж" not in await phrases_file(admin)
    # One phrase after another is a click away, and back.
    await desk.at("single-phrases").click()
    await expect(desk.at("phrase")).to_have_count(5)
    await desk.at("grouped-phrases").click()
    await expect(desk.at("phrase-group")).to_have_count(2)
    assert inspector.faults == []


async def test_a_card_is_written_out_of_a_group_and_answers_it(stage: Stage, crowd: People, admin: Clerk) -> None:
    # KB-02
    desk = await opened(stage, crowd, admin)
    await desk.at("phrase-group").filter(has_text="снег").get_by_test_id("group-write").click()
    await expect(desk.at("article-questions")).to_have_value(re.compile("|".join(re.escape("\n".join(each)) for each in (SNOW, SNOW[::-1]))))
    await desk.at("article-title").fill("Снег на крыше")
    await desk.at("article-text").fill("Снег с крыши убирает управляющая компания.")
    await desk.at("save-article").click()
    await visit(desk, "robot/phrases")
    await expect(desk.at("phrase-group")).to_have_count(1)
    await expect(desk.at("groups-total")).to_have_text("1 группа, фраз: 3")
    # The robot answers from it at once.
    citizen = await crowd.citizen()
    await citizen.line.hear("message", author="bot")
    await citizen.tell("кто должен убирать снег с крыши?")
    assert "управляющая компания" in str((await citizen.line.hear("message", author="bot"))["text"])
    # The rest is not ours, and comes back if that was wrong.
    await desk.at("phrase-group").first.focus()
    await desk.page.keyboard.press("Delete")
    await expect(desk.page.get_by_text("Всё разобрано")).to_be_visible()
    await desk.at("undo").last.click()
    await expect(desk.at("phrase-group")).to_have_count(1)
