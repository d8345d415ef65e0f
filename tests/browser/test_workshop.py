"""A designer's workshop in the browser: from an upload to what citizens hear, and back."""

import re

import pytest
import pytest_asyncio
from playwright.async_api import FilePayload, Locator, expect

from tests.browser.stage import Desk, Stage
from tests.browser.test_accessibility import BOTH, Inspector, look
from tests.house import Citizen, Clerk, People
from tests.robot.drafts import BROKEN, DOMAIN, NLU, PROJECT, WRONG, zipped

pytestmark = pytest.mark.asyncio(loop_scope="session")

HOURS = "Открыто с девяти до шести."
UNTESTED = {path: text for path, text in PROJECT.items() if not path.startswith("tests/")}
CHANGED = PROJECT | {"domain.yml": DOMAIN.replace('utter_hours: [{text: "', 'utter_hours: [{text: "Сегодня ')}


def archive(files: dict[str, str]) -> FilePayload:
    return FilePayload(name="bot.zip", mimeType="application/zip", buffer=zipped(files))


def version(desk: Desk, number: int) -> Locator:
    return desk.page.locator(f"[data-test=version][data-number='{number}']")


async def turn_to(desk: Desk, place: str) -> None:
    await desk.page.goto(desk.page.url.partition("#")[0] + f"#/robot/{place}")
    await expect(desk.at(f"robot-{place.partition('/')[0]}")).to_have_attribute("data-state", "active")


async def robot(citizen: Citizen, words: str) -> str:
    """What the robot answers somebody who says this."""
    await citizen.tell(words)
    return str((await citizen.line.hear("message", author="bot"))["text"])


async def newcomer(crowd: People) -> Citizen:
    citizen = await crowd.citizen()
    await citizen.line.hear("message", author="bot")
    return citizen


@pytest_asyncio.fixture(loop_scope="session")
async def before(admin: Clerk) -> None:
    """Nobody has left a draft."""
    if draft := await admin.does("GET", "/api/robot/draft"):
        await admin.does("DELETE", f"/api/robot/draft?draft={draft['id']}")


@pytest.mark.smoke
@pytest.mark.usefixtures("before")
async def test_from_an_upload_to_what_citizens_hear_and_back(stage: Stage, crowd: People, admin: Clerk) -> None:  # KB-02
    stage.pardon(re.compile(r"status of 409 "))
    designer = await crowd.clerk(admin, "designer")
    desk = await stage.signed_in(designer.login)
    spoke = next(each for each in await admin.does("GET", "/api/robot/versions") if each["speaks"])
    under_way = await newcomer(crowd)
    old = await robot(under_way, "привет")

    await turn_to(desk, "draft")
    await expect(desk.at("begin")).to_be_visible()
    await desk.at("upload").set_input_files(archive(UNTESTED | {"data/nlu.yml": BROKEN}))
    await expect(desk.at("verdict")).to_have_attribute("data-grave", re.compile("[1-9]"))
    await desk.page.locator("[data-path='data/nlu.yml']").click()
    await expect(desk.at("flaw").first).to_contain_text("10")
    await desk.at("text").fill(NLU)
    await desk.at("save").click()
    await expect(desk.at("verdict")).to_have_attribute("data-grave", "0")

    await turn_to(desk, "dialogue")
    await desk.page.locator("[data-test=node][data-name=utter_hours]").click()
    await expect(desk.at("detail")).to_contain_text(HOURS)
    await desk.at("try-words").fill("часы работы")
    await desk.at("try-send").click()
    await desk.at("teach").click()
    await expect(desk.at("try-line")).to_have_text(HOURS)
    await expect(desk.page.locator("[data-name=utter_hours]")).to_have_attribute("data-lit", "true")

    await turn_to(desk, "versions")
    await expect(desk.at("untested")).to_contain_text("Тестовых историй нет")
    # A project without tests is published once a second person has approved it (F20 of the security review): seen by both at once.
    await expect(desk.at("publish")).to_be_disabled()
    boss = await stage.signed_in((await crowd.clerk(admin, "supervisor")).login)
    await turn_to(boss, "versions")
    await boss.at("approve-draft").click()
    await expect(desk.at("untried")).to_contain_text(boss.name)
    await desk.at("publish").click()
    await desk.at("publish-note").fill("Короткий проект")
    await desk.at("publish-sure").click()
    # It understands less than the one that speaks: that is said, and asked.
    await expect(desk.at("work")).to_have_attribute("data-state", "worse")
    await expect(desk.at("compared").first).to_be_visible()
    await desk.at("anyway-reason").fill("Так решили")
    await desk.at("publish-anyway").click()
    await expect(desk.at("work")).to_have_attribute("data-state", "done")
    number = spoke["number"] + 1
    await expect(version(desk, number)).to_have_attribute("data-speaks", "true")
    await expect(version(desk, number)).to_contain_text("Короткий проект")
    await expect(desk.at("work-told")).to_contain_text("не проверена")
    assert await robot(await newcomer(crowd), "часы работы") == HOURS
    # Whoever began with the version of before is answered by it.
    assert "спрашивайте об услугах" in await robot(under_way, "привет")  # greeted already

    await version(desk, spoke["number"]).get_by_test_id("roll-back").click()
    await desk.at("confirm").click()
    await expect(version(desk, spoke["number"])).to_have_attribute("data-speaks", "true")
    assert await robot(await newcomer(crowd), "привет") == old


@pytest.mark.usefixtures("before")
async def test_two_designers_in_one_file(stage: Stage, axe: str, crowd: People, admin: Clerk) -> None:
    designer = await crowd.clerk(admin, "designer")
    desk = await stage.signed_in(designer.login, **look("narrow"))
    await turn_to(desk, "draft")
    await desk.at("upload").set_input_files(archive(PROJECT))
    await expect(desk.at("verdict")).to_be_visible()
    await turn_to(desk, "draft/data%2Fnlu.yml")
    await expect(desk.at("text")).to_have_value(NLU)
    await desk.at("text").fill(f"{NLU}# моё\n")
    seen = (await admin.does("GET", "/api/robot/draft"))["id"]
    await admin.does("PUT", "/api/robot/draft/file", {"draft": seen, "path": "data/nlu.yml", "text": f"{NLU}# чужое\n"})
    await expect(desk.at("clash")).to_be_visible()
    await expect(desk.at("save")).to_be_disabled()
    inspector = Inspector(axe, desk.page)
    await inspector.look("clash")
    await desk.at("keep-mine").click()
    await desk.at("save").click()
    await expect(desk.at("save")).to_be_disabled()
    await expect(desk.at("revert")).to_have_count(0)
    assert (await admin.does("GET", "/api/robot/draft/file?path=data/nlu.yml"))["text"] == f"{NLU}# моё\n"
    assert inspector.faults == []


@pytest.mark.usefixtures("before")
async def test_every_tab_under_axe(stage: Stage, axe: str, crowd: People, admin: Clerk) -> None:  # GV-14
    designer = await crowd.clerk(admin, "designer")
    desk = await stage.signed_in(designer.login, **look("wide"))
    inspector = Inspector(axe, desk.page, *BOTH)
    await turn_to(desk, "draft")
    await expect(desk.at("begin")).to_be_visible()
    await inspector.look("no draft")
    await desk.at("upload").set_input_files(archive(CHANGED | {"tests/test_stories.yml": WRONG, "data/nlu.yml": BROKEN}))
    await expect(desk.at("verdict")).to_be_visible()
    await inspector.look("draft")
    await turn_to(desk, "draft/data%2Fnlu.yml%3A10")
    await expect(desk.at("flaw").first).to_be_visible()
    await inspector.look("file with faults")
    await desk.at("text").fill(NLU)
    await desk.at("save").click()
    await expect(desk.at("flaws")).to_have_count(0)
    await turn_to(desk, "versions")
    await expect(desk.at("untried")).to_be_visible()
    await inspector.look("a second person is needed")
    await admin.does("POST", "/api/robot/approve", {"draft": (await admin.does("GET", "/api/robot/draft"))["id"]})
    await desk.at("publish").click()
    await inspector.look("publish?")
    await desk.at("publish-sure").click()
    await inspector.look("publishing")
    await expect(desk.at("work")).to_have_attribute("data-state", "unfit")
    await expect(desk.at("failing")).to_contain_text("tests/test_stories.yml:3")
    await expect(desk.at("failing")).to_contain_text("ожидалось utter_fee, вышло utter_hours")
    await inspector.look("versions")
    await turn_to(desk, "dialogue")
    await desk.at("node").first.click()
    await expect(desk.at("detail")).to_be_visible()
    await desk.at("try-words").fill("здравствуйте")
    await desk.at("try-send").click()
    await expect(desk.at("try-line")).to_be_visible()
    await inspector.look("dialogue")
    assert inspector.faults == []
