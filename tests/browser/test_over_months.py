"""Complaints over months, by a clock that the test sets: whether a recommendation has helped, and an authority that stays silent."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from tests.browser.screens import pictured
from tests.browser.stage import Desk, Stage
from tests.browser.test_complaint_by_sms import BODIES
from tests.house import Clerk, House, People, people, talking
from tests.paper import near

pytestmark = pytest.mark.asyncio(loop_scope="session")

CENTRE = """centre = { code = "077", name = "Контакт-центр области", timezone = "Europe/Moscow" }
catalogue = "bodies.toml"
queues = [{ id = "general", title = "Общие" }]
topics = [{ id = "documents", title = "Документы" }]
channels = [{ driver = "web.chat" }]
"""
MOSCOW = ZoneInfo("Europe/Moscow")
WEEKS_BEFORE, WEEKS_AFTER = 6, 5
_keys = count(1)


class Calendar:
    """The hub's clock: it goes on from a day some months ago, and is put forward to noon of another."""

    def __init__(self, back: timedelta) -> None:
        self._behind = back

    def __call__(self) -> datetime:
        return datetime.now(UTC) - self._behind

    @property
    def today(self) -> date:
        return self().astimezone(MOSCOW).date()

    def forward(self, days: int) -> None:
        self._behind -= timedelta(days=days)


class Office:
    """Who works there: whoever signs in does so on each day anew."""

    def __init__(self, house: House, calendar: Calendar, stage: Stage, crowd: People, clerks: list[Clerk]) -> None:
        self.house, self.calendar, self.stage, self.crowd = house, calendar, stage, crowd
        self.author, self.boss = clerks

    async def passes(self, days: int) -> None:
        self.calendar.forward(days)
        for clerk in (self.author, self.boss):
            await clerk.sign_in()

    async def complaint(self) -> str:
        """Of a citizen, about the town's body; its number."""
        citizen = await talking(self.crowd, self.author)
        draft = {"key": f"k{next(_keys)}", "kind": "complaint", "topic": "documents", "text": "Требуют справку, которой нет в перечне",
                 "shown": "паспорт", "matter": {"authority": "town", "breach": "extra_papers"}}
        made = await self.author.does("POST", f"/api/conversations/{citizen.conversation}/cases", draft)
        await self.author.act(citizen.conversation, "close", {"topic": "documents"})
        return str(made["case"]["number"])

    async def desk(self, to: str) -> Desk:
        desk = await self.stage.signed_in(self.author.login)
        await desk.page.evaluate("(to) => { location.hash = to; }", f"#/{to}")
        return desk


@pytest_asyncio.fixture(loop_scope="session")
async def office(pages: None, browser: Browser, tmp_path: Path) -> AsyncIterator[Office]:
    (tmp_path / "bodies.toml").write_text(BODIES, encoding="utf8")
    calendar = Calendar(timedelta(weeks=WEEKS_BEFORE + WEEKS_AFTER, days=2))
    async with near(tmp_path, CENTRE, now=calendar) as (house, _), people(house) as crowd, Stage(browser, house) as stage:
        admin = await crowd.admin()
        clerks = [await crowd.clerk(admin, "supervisor") for _ in range(2)]
        yield Office(house, calendar, stage, crowd, clerks)


async def test_whether_a_recommendation_has_helped(office: Office) -> None:
    # CM-05, CM-06, CM-07: the numbers before and after are those of the lists behind them
    since = office.calendar.today
    before = [await office.complaint()]
    for _ in range(WEEKS_BEFORE):
        await office.passes(7)
        before += [await office.complaint() for _ in range(2)]
    until = office.calendar.today
    wording = {"title": "Не требовать справок сверх перечня", "cause": "Старый перечень", "proposal": "Заменить перечень", "addressee": "region"}
    selection = {"since": str(since), "until": str(until), "authority": "town"}
    id_ = (await office.author.does("POST", "/api/recommendations", {"selection": selection} | wording))["recommendation"]["id"]
    path = f"/api/recommendations/{id_}"
    await office.boss.does("POST", f"{path}/moves", {"state": "approved"})
    for state in ("sent", "accepted", "done"):
        told = await office.author.does("POST", f"{path}/moves", {"state": state})
    assert told["effect"] is None  # no whole day is over since
    done, after = office.calendar.today, list[str]()
    for week in range(WEEKS_AFTER):
        await office.passes(7)
        after += [await office.complaint()] if week % 2 else []
    await office.passes(1)
    found = await office.author.does("GET", path)
    behind = await listed(office.author, selection | {"since": str(done + timedelta(days=1)), "until": str(office.calendar.today - timedelta(days=1))})
    assert (sorted(found["cases"]), behind) == (sorted(before), sorted(after))
    assert found["effect"] == {"before": len(before), "before_days": 43, "after": len(after), "after_days": 35}
    rates = (len(before) / 43 * 7, len(after) / 35 * 7)
    assert found["change"] == pytest.approx(rates[1] / rates[0] - 1)

    desk = await office.desk(f"complaints/recommendations/{id_}")
    await expect(desk.at("recommendation").locator("dl").first).to_contain_text("Отдел по вопросам миграции города")
    for side, rate, number, days in zip(("before", "after"), rates, (13, 2), (43, 35), strict=True):
        await expect(desk.at(f"effect-{side}")).to_contain_text(f"{rate:.1f}".replace(".", ","))
        await expect(desk.at(f"effect-{side}")).to_contain_text(f"{number} за {days}")
    widths = [(await desk.at(f"effect-{side}").locator(".bar").bounding_box() or {})["width"] for side in ("before", "after")]
    assert widths[1] / widths[0] == pytest.approx(rates[1] / rates[0], abs=0.02)
    await expect(desk.at("effect-change")).to_have_text(f"-{round((1 - rates[1] / rates[0]) * 100)}\N{NO-BREAK SPACE}%")
    await desk.at("effect").scroll_into_view_if_needed()
    await pictured(desk, "months-effect")


async def listed(clerk: Clerk, selection: dict[str, Any]) -> list[str]:
    return sorted(each["number"] for each in (await clerk.does("GET", f"/api/complaints/cases?{urlencode(selection)}"))["cases"])


async def test_an_authority_that_stays_silent_is_passed_over(office: Office) -> None:
    # CM-03: overdue, escalated, and no longer awaited
    number = await office.complaint()
    await office.author.does("POST", f"/api/cases/{number}/steps", {"act": "take"})
    await office.author.does("POST", f"/api/cases/{number}/referrals", {"to": "region", "by_hand": True})
    await office.passes(14)
    assert [(each["authority"]["id"], each["overdue"]) for each in await office.author.does("GET", "/api/referrals")] == [("region", True)]
    desk = await office.desk(f"cases/{number}")
    await expect(desk.at("referral-state")).to_have_text("Нет подтверждения, сообщено руководителям")
    await expect(desk.at("next")).to_contain_text("Министерство")
    await pictured(desk, "months-overdue")
    await desk.at("refer-next").click()
    await expect(desk.at("refer-to")).to_have_value("ministry")
    await desk.at("by-hand").check()
    await desk.at("refer-go").click()
    first, second = desk.at("referral").nth(0), desk.at("referral").nth(1)
    await expect(second.get_by_test_id("referral-state")).to_have_text("Ещё не ушло")
    await expect(first.get_by_test_id("referral-state")).to_have_text("Больше не ждём: обращение пошло дальше")
    await expect(first.get_by_test_id("receipt-number")).to_have_count(0)
    await expect(desk.at("next")).to_have_count(0)
    await pictured(desk, "months-superseded")
    assert [each["authority"]["id"] for each in await office.author.does("GET", "/api/referrals")] == ["ministry"]
    await second.get_by_test_id("receipt-number").fill("вх. 9")
    await second.get_by_test_id("receipt-go").click()
    await expect(second.get_by_test_id("referral-state")).to_have_text("Получено")
    assert await office.author.does("GET", "/api/referrals") == []
