"""What somebody else does is on every screen that shows it, without a reload; and never over what is being written there."""

import base64
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import expect

from tests.browser.stage import Desk
from tests.browser.test_exchange import QUEUES, joined_to
from tests.channels.test_open311 import Program, key_of
from tests.house import Clerk, House, People, talking
from tests.http.test_scripts import loan

pytestmark = pytest.mark.asyncio(loop_scope="session")

SYSTEM = """
[[systems]]
id = "roads"
title = "Дорожная служба"
contract = { version = "1.0", owner = "Начальник дорожной службы" }
settings = { url = "http://127.0.0.1:9" }
"""
ARTICLE = {"title": "Про снег", "text": "Снег убирают зимой.", "topic": "other", "body": "", "valid_from": "2026-01-01", "questions": ["кто убирает снег"]}
TEXT = {"title": "Согласие", "text": "Данные хранит {keeper}. Редакция {edition}."}
BOTH = {"ru": "Снег", "en": "Snow"}
Deed = Callable[[People, Clerk], Awaitable[None]]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with joined_to(tmp_path_factory.mktemp("lists"), SYSTEM) as running:
        yield running


def puts(path: str, body: dict[str, Any]) -> Deed:
    async def audit_entry(_: People, other: Clerk) -> None:
        await other.does("PUT", path, body)
    return audit_entry


def posts(path: str, body: dict[str, Any]) -> Deed:
    async def audit_entry(_: People, other: Clerk) -> None:
        await other.does("POST", path, body)
    return audit_entry


async def publishes_topics(_: People, other: Clerk) -> None:
    tree = await other.does("GET", "/api/topics")
    kept = [{name: each[name] for name in ("id", "title", "title_en", "parent", "kind")} for each in tree["topics"]]
    await other.does("PUT", "/api/topics", {"version": tree["version"], "topics": [*kept, {"id": f"snow-{tree['version']}", "title": "Уборка снега"}]})


async def asks_a_system_in_vain(_: People, other: Clerk) -> None:
    assert (await other.call("POST", "/api/systems/roads/check"))[0] == 503


async def hands_a_case_in_in_vain(at: People, other: Clerk) -> None:
    number = await Program(at.http, other.house.base, await key_of(other, "snow")).hands_in()
    assert (await other.call("POST", f"/api/cases/{number}/submit", {"system": "roads"}))[0] == 503


async def takes_a_catalogue_in(_: People, other: Clerk) -> None:
    content = base64.b64encode("kind,id,name,branch\nauthority,snow,Снегоуборка,executive\n".encode()).decode()
    brought = {"name": "реестр.csv", "content": content, "source": "Реестр снега", "whole": False}
    looked = await other.does("POST", "/api/catalogue/look", brought)
    seen = {each["name"]: each["version"] for each in looked["differences"]}
    await other.does("POST", "/api/catalogue/take", brought | {"seen": seen})


async def takes_a_demand(at: People, other: Clerk) -> None:
    citizen = await talking(at, other)
    await other.does("POST", f"/api/conversations/{citizen.conversation}/demands", {"kind": "copy", "text": "Дайте копию про снег"})


SCREENS: dict[str, tuple[str, Deed, str]] = {
    "operators": ("operators", posts("/api/operators", {"login": "snow", "name": "Снежана", "role": "operator", "queues": ["general"]}), "Снежана"),
    "topics": ("topics", publishes_topics, "Уборка снега"),
    "articles": ("articles", puts("/api/articles/snow", ARTICLE), "Про снег"),
    "handbook": ("handbook/authorities", puts("/api/handbook/authority/snow-body", {"version": 0, "card": {
        "type": "authority", "id": "snow-body", "name": "А-снежная инспекция", "branch": "municipal"}}), "А-снежная инспекция"),
    "exchange": ("handbook/exchange", takes_a_catalogue_in, "Реестр снега"),
    "scripts": ("scripts", puts("/api/scripts/snow", {"version": 0, "script": loan(key="snow", title="Снежный заём")}), "Снежный заём"),
    "surveys": ("surveys", puts("/api/questionnaires/snow", {
        "version": 0, "title": BOTH, "lead": BOTH, "questions": [{"kind": "text", "text": BOTH}]}), "Снег"),
    "demands": ("demands", takes_a_demand, "Дайте копию про снег"),
    "consents": ("consents", puts("/api/consents/form", {"version": 1, "ru": TEXT, "en": TEXT}), "Редакция 2"),
    "audit": ("audit", puts("/api/articles/ice", ARTICLE | {"title": "Про лёд"}), "ice"),
    "sifting": ("sifting", posts("/api/blocks", {"family": "sms", "pattern": "+79001112233", "reason": "снежный спам"}), "снежный спам"),
    "systems": ("systems", asks_a_system_in_vain, "не отвечает"),
    "submissions": ("systems", hands_a_case_in_in_vain, "Передать ещё раз"),
    "subscriptions": ("systems", posts("/api/subscriptions", {
        "key": "snow", "title": "Снегоуборка", "url": "http://127.0.0.1:9/", "types": ["ru.okno.case."]}), "Снегоуборка"),
}


@pytest_asyncio.fixture(loop_scope="session")
async def other(crowd: People, admin: Clerk) -> Clerk:
    return await crowd.clerk(admin, "admin", QUEUES)


async def opened(desk: Desk, place: str) -> None:
    await desk.page.evaluate("(place) => { location.hash = `#/${place}`; }", place)
    await expect(desk.page.locator("main [aria-busy=true], main .skeleton")).to_have_count(0)


@pytest.mark.parametrize("name", SCREENS)
async def test_what_another_person_does_is_shown_at_once(desk: Desk, crowd: People, other: Clerk, name: str) -> None:
    # MC-01: live
    place, audit_entry, words = SCREENS[name]
    await opened(desk, place)
    await expect(desk.page.locator("main").get_by_text(words)).to_have_count(0)
    await audit_entry(crowd, other)
    await expect(desk.page.locator("main").get_by_text(words).first).to_be_visible()


async def test_another_session_of_oneself_is_shown_and_ended(desk: Desk, crowd: People) -> None:
    await opened(desk, "security")
    await expect(desk.at("session")).not_to_have_count(0)
    before = await desk.at("session").count()
    again = await crowd.stranger(desk.login).sign_in()
    await expect(desk.at("session")).to_have_count(before + 1)
    await again.does("DELETE", "/api/session")
    await expect(desk.at("session")).to_have_count(before)


async def test_nothing_is_put_over_what_is_being_written(desk: Desk, crowd: People, other: Clerk) -> None:
    await other.does("PUT", "/api/articles/rain", ARTICLE | {"title": "Про дождь"})
    await opened(desk, "articles/rain")
    await expect(desk.at("article-title")).to_have_value("Про дождь")
    await other.does("PUT", "/api/articles/rain", ARTICLE | {"title": "Про ливень"})
    await expect(desk.at("article-title")).to_have_value("Про ливень")
    await desk.at("article-title").fill("Про грозу")
    await other.does("PUT", "/api/articles/rain", ARTICLE | {"title": "Про град"})
    await expect(desk.page.locator("[data-test=article][data-id=rain]")).to_contain_text("Про град")
    await expect(desk.at("article-title")).to_have_value("Про грозу")

    await opened(desk, "topics/+")
    await desk.at("topic-title").fill("Моя тема")
    await desk.at("topic-title").press("Enter")
    await expect(desk.at("topic").filter(has_text="Моя тема")).to_be_visible()
    await publishes_topics(crowd, other)
    await expect(desk.page.get_by_text("Дерево тем только что изменил другой сотрудник").first).to_be_visible()
    await expect(desk.at("topic").filter(has_text="Моя тема")).to_be_visible()
    await desk.at("to-changes").click()
    await desk.at("forget-topics").click()
    await expect(desk.at("topic").filter(has_text="Моя тема")).to_have_count(0)
    await expect(desk.at("topic").filter(has_text="Уборка снега")).not_to_have_count(0)
