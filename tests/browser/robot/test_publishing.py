"""From a talk to a test that forbids publishing, from a draft to its trial, and from two people to what citizens hear (KB-02)."""

import re
from collections.abc import Iterator

import pytest
from playwright.async_api import expect

from tests.browser.stage import Desk, Stage
from tests.browser.test_accessibility import BOTH, Inspector, look
from tests.browser.test_figures import visit
from tests.browser.test_workshop import archive, newcomer, robot, turn_to, version
from tests.house import Clerk, House, People, house_in, knowledge_alone
from tests.robot.drafts import DOMAIN, HELD_OUT, NLU, PROJECT, WORSE

pytestmark = pytest.mark.asyncio(loop_scope="session")

TESTED = PROJECT | {"held_out.yml": HELD_OUT}
EARLIER = DOMAIN.replace("девяти", "восьми")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A centre where a second person approves, as everywhere but in the demonstration."""
    folder = tmp_path_factory.mktemp("house")
    config = knowledge_alone(folder)
    config.write_text(config.read_text("utf8").replace("second_person = false", ""), "utf8")
    with house_in(folder, config) as running:
        yield running


async def work(desk: Desk, state: str) -> None:
    await expect(desk.at("work")).to_have_attribute("data-state", state)


async def uploaded(desk: Desk, files: dict[str, str]) -> None:
    await turn_to(desk, "draft")
    await desk.at("upload").set_input_files(archive(files))
    await expect(desk.at("verdict")).to_have_attribute("data-grave", "0")
    await turn_to(desk, "versions")


async def publish(desk: Desk, boss: Desk, note: str, told: str) -> None:
    """The second person approves, and the first one is asked what is about to change."""
    await expect(desk.at("publish")).to_be_disabled()
    await turn_to(boss, "versions")
    await boss.at("approve-draft").click()
    await desk.at("publish").click()
    await expect(desk.at("publish-approved")).to_contain_text(boss.name)
    await desk.at("publish-note").fill(note)
    await desk.at("publish-sure").click()
    await expect(desk.at("work-told")).to_contain_text(told)


async def test_two_people_publish_and_a_failed_story_of_a_talk_forbids_it(stage: Stage, crowd: People, admin: Clerk, axe: str) -> None:
    # KB-02, GV-14
    desk = await stage.signed_in((await crowd.clerk(admin, "admin")).login, **look("wide"))
    boss = await stage.signed_in((await crowd.clerk(admin, "supervisor")).login)
    inspector = Inspector(axe, desk.page, *BOTH)
    await uploaded(desk, TESTED)
    await expect(desk.at("untried")).to_contain_text("нужно одобрение сотрудника, который его не менял")
    await expect(desk.at("approve-draft")).to_have_count(0)  # one's own
    await publish(desk, boss, "Первая", "Версия № 1 опубликована и отвечает гражданам")
    await expect(version(desk, 1)).to_contain_text(boss.name)

    # A talk of a citizen becomes a test: what the robot answered is not what it must.
    citizen = await newcomer(crowd)
    assert await robot(citizen, "часы работы") == "Открыто с девяти до шести."
    await visit(desk, f"archive/{citizen.conversation}")
    await desk.say_why()
    await desk.at("make-talk-test").click()
    await desk.at("talk-test-name").fill("Часы из разговора")
    await desk.at("talk-test-actions").last.fill("utter_fee")
    await desk.at("save-talk-test").click()
    await turn_to(desk, "versions")
    await publish(desk, boss, "Со сломанным тестом", "Не опубликовано. Не прошло историй: 1")
    await expect(desk.at("failing")).to_contain_text("«Часы из разговора» tests/test_conversations.yml:3")
    await expect(desk.at("failing")).to_contain_text("ожидалось utter_fee, вышло utter_hours")
    await inspector.look("a story forbids publishing")
    await expect(version(desk, 2)).to_have_count(0)
    assert await robot(await newcomer(crowd), "часы работы") == "Открыто с девяти до шести."
    assert inspector.faults == []


async def test_a_draft_is_compared_tried_by_a_link_and_undone_at_once(stage: Stage, crowd: People, admin: Clerk, axe: str) -> None:
    # KB-02, GV-14
    stage.pardon(re.compile(r"status of 40[49] "))
    designer = await crowd.clerk(admin, "designer")
    desk = await stage.signed_in(designer.login, **look("wide"))
    boss = await stage.signed_in((await crowd.clerk(admin, "supervisor")).login)
    inspector = Inspector(axe, desk.page, *BOTH)
    await uploaded(desk, TESTED | {"data/nlu.yml": WORSE, "domain.yml": EARLIER})

    # Compared before anything is published: by phrase, by topic, by test story.
    await desk.at("compare-draft").click()
    await work(desk, "done")
    await expect(desk.at("compared").first).to_contain_text("лучше: 0 фраз, хуже: 3 фразы.")
    await expect(desk.at("compared-worse").first).to_contain_text("«какая пошлина за услугу» верно ask_fee; было: ask_fee, стало: ask_hours")
    await expect(desk.at("compared-failing").first).to_contain_text("somebody asks for the hours")
    await desk.at("compared-topics").first.locator("summary").click()
    await expect(desk.at("compared-topic").first).to_contain_text("2 → 0")
    await inspector.look("a comparison")

    # Mended, it is tried by somebody who has no account: nothing of it is a conversation.
    await turn_to(desk, "draft/data%2Fnlu.yml")
    await desk.at("text").fill(NLU)
    await desk.at("save").click()
    await expect(desk.at("save")).to_be_disabled()
    await turn_to(desk, "versions")
    await desk.at("teach-trial").click()
    await desk.at("begin-trial").click()
    await desk.at("trial-note").fill("Соцзащита")
    await inspector.look("a link is made")
    await desk.at("save-trial").click()
    link = str(await desk.at("trial-link").get_attribute("href"))
    await expect(desk.at("trial")).to_contain_text("Соцзащита")
    counted = (await admin.does("GET", "/api/robot/figures"))["total"]["talks"]
    visitor = await (await stage.browser.new_context(locale="ru-RU")).new_page()
    await visitor.goto(link)
    await expect(visitor.get_by_test_id("trial-mark")).to_contain_text("Это проба, а не приёмная")
    outside = Inspector(axe, visitor)
    await outside.look("the stand")
    await visitor.locator("#words").fill("привет")
    await visitor.get_by_test_id("trial-send").click()
    await expect(visitor.get_by_test_id("trial-robot")).to_have_text("Робот: Здравствуйте, я робот.")
    await visitor.get_by_role("button", name="Часы").click()
    await expect(visitor.get_by_test_id("trial-robot").last).to_have_text("Робот: Открыто с восьми до шести.")
    await visitor.locator("#words").fill("позовите оператора")
    await visitor.get_by_test_id("trial-send").click()
    await expect(visitor.get_by_test_id("trial-notice")).to_contain_text("На стенде людей нет")
    await outside.look("a talk at the stand")
    assert (await admin.does("GET", "/api/robot/figures"))["total"]["talks"] == counted
    await desk.at("end-trial").click()
    await expect(desk.at("trial")).to_have_count(0)
    await visitor.reload()
    await expect(visitor.get_by_test_id("told")).to_contain_text("Такой ссылки нет")

    # Published by two, and undone at once by one.
    await publish(desk, boss, "Открываемся раньше", "Версия № 2 опубликована и отвечает гражданам")
    assert await robot(await newcomer(crowd), "часы работы") == "Открыто с восьми до шести."
    await desk.at("undo-publish").click()
    await expect(version(desk, 1)).to_have_attribute("data-speaks", "true")
    await expect(desk.at("work-told")).to_contain_text("сейчас отвечает другая")
    assert await robot(await newcomer(crowd), "часы работы") == "Открыто с девяти до шести."
    # Any two are compared later.
    await desk.at("compare-go").click()
    await expect(desk.at("work-told")).to_contain_text("Сравнение готово")
    await expect(desk.at("compared").first).to_contain_text("лучше: 0 фраз, хуже: 0 фраз.")
    assert [*inspector.faults, *outside.faults] == []
