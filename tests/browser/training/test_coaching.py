"""A reviewer assigns the lesson for a low mark, its operator does it, and both see what has changed (MC-05, TR-02)."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.async_api import expect

from bots.russian import Russian
from hub.quality.review import DrawCause, Review, Scoring
from hub.quality.scorecard import ItemScore, Verdict
from okno.quality import shipped_cards
from storage.sqlite import SqliteStore
from tests.browser.stage import Stage
from tests.browser.test_accessibility import BOTH, Inspector, look
from tests.browser.training.test_certificate import answer
from tests.house import Clerk, House, People, house_in

pytestmark = pytest.mark.asyncio(loop_scope="session")

NOW = datetime.now(UTC)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Vera's talks: six of last week, none of which eased the tension, and six of tomorrow, all of which did."""
    folder = tmp_path_factory.mktemp("house")
    keep_reviews(folder / "data")
    with house_in(folder) as running:
        yield running


def keep_reviews(data: Path) -> None:
    ((_, form),) = shipped_cards()

    def review(number: int, at: datetime, conflict: Verdict) -> Review:
        sheet = tuple(ItemScore(each.key, conflict if each.key == "conflict" else Verdict.YES, "так") for each in form.items)
        return Review(f"{number}-1", 0, "", "vera", "general", "web", "", at, "standard/1", DrawCause.RANDOM, at, "week",
                      scorings=(Scoring(at, "senior", sheet),), settled=at)

    async def write() -> None:
        store = SqliteStore(data / "okno.db", Russian())
        made = [review(number, NOW - timedelta(days=7, hours=number), Verdict.NO) for number in range(1, 7)]
        made += [review(number, NOW + timedelta(days=1, hours=number), Verdict.YES) for number in range(7, 13)]
        await store.exchange((), (), new=made)
        await store.close()
    data.mkdir(parents=True)
    asyncio.run(write())


async def test_from_a_low_mark_to_a_better_one(stage: Stage, crowd: People, admin: Clerk, axe: str) -> None:  # MC-05, TR-02
    vera, senior, boss = await crowd.named(admin, "vera"), await crowd.clerk(admin, "senior"), await crowd.clerk(admin, "supervisor")
    citizen = await crowd.citizen(name="Пётр")
    await citizen.tell("оператор")
    await citizen.line.hear("state", holder="queue")
    await vera.does("POST", f"/api/conversations/{citizen.conversation}/take")
    await vera.does("POST", f"/api/conversations/{citizen.conversation}/close", {"topic": "other"})
    await boss.does("PUT", "/api/draws/now", {"card": "standard", "criteria": {"number": 100}, "since": (NOW - timedelta(days=1)).isoformat(),
                                              "until": (NOW + timedelta(hours=1)).isoformat()})
    review = next(each["key"] for each in await senior.does("GET", "/api/reviews") if each["conversation"] == citizen.conversation)
    await senior.does("POST", f"/api/reviews/{review}/take")
    card = (await senior.does("GET", f"/api/reviews/{review}"))["card"]
    await senior.does("POST", f"/api/reviews/{review}/score", {"scores": [
        {"item": each["key"], "verdict": "no" if each["key"] == "conflict" else "yes", "comment": "так"} for each in card["items"]]})

    teacher = await stage.signed_in(boss.login, **look("wide"))
    await teacher.page.evaluate("() => { location.hash = '#/classes/criteria'; }")
    conflict = teacher.page.locator("[data-test=criterion-row][data-id=conflict]")
    await expect(conflict.get_by_test_id("criterion-lesson")).to_have_value("operator/hard")
    await Inspector(axe, teacher.page, *BOTH).look("criteria")
    await conflict.get_by_test_id("criterion-lesson").select_option("operator/plain")

    desk = await stage.signed_in(senior.login, **look("wide"))
    inspector = Inspector(axe, desk.page, *BOTH)
    await desk.page.evaluate("(key) => { location.hash = `#/quality/queue/${key}`; }", review)
    await expect(desk.at("review-lesson")).to_have_count(1)
    await expect(desk.at("review-lesson")).to_contain_text("Просто о сложном")
    await conflict.get_by_test_id("criterion-lesson").select_option("operator/hard")
    await expect(desk.at("review-lesson")).to_contain_text("Человек сердится, плачет, молчит")
    await inspector.look("proposal")
    await desk.at("lesson-note").fill("Послушайте начало разговора")
    await desk.at("assign-lesson").click()
    await expect(desk.at("withdraw-lesson")).to_be_visible()
    await inspector.look("assigned")

    hers = await stage.signed_in(vera.login, **look("wide"))
    await hers.page.evaluate("() => { location.hash = '#/training'; }")
    await expect(hers.at("own-lesson")).to_contain_text("Послушайте начало разговора")
    await Inspector(axe, hers.page, *BOTH).look("own")
    await hers.at("own-lesson").click()
    await answer(hers.page)
    await desk.page.evaluate("() => { location.hash = '#/quality/coaching'; }")
    await expect(desk.at("coaching-row")).to_contain_text("ещё не пройден")
    await hers.at("lesson-send").click()
    await expect(hers.at("own-effect")).to_contain_text("0 % → 100 % (+100 п.п.")
    await expect(desk.page.get_by_text("Vera: назначенный вами урок «Человек сердится, плачет, молчит» пройден.").first).to_be_visible()
    await expect(desk.at("coaching-row")).to_contain_text("0 % → 100 % (+100 п.п.")
    await expect(desk.at("coaching-row")).to_contain_text("разговоров 6 и 6")
    await expect(desk.at("criterion-effect")).to_contain_text("Разрядил напряжение")
    await inspector.look("coaching")
    await desk.at("lesson-seen").click()
    await expect(desk.at("lesson-seen")).to_have_count(0)
    assert inspector.faults == []
