"""Callers are asked as writers are: by a link in an SMS, or by an operator; a sample has them by their share (SV-02, SV-04, FD-08)."""

import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from hub.conversations.conversation import InQueue
from hub.quality.surveys.sampling import chosen_of
from hub.quality.surveys.survey import Invited, SurveyPause
from okno.app import Hub
from tests.house import Clerk, House, people
from tests.paper import Papers, near
from tests.rig import Clock, eventually

CENTRE = """centre = { code = "077", name = "Центр", level = "LEVEL" }
queues = [{ id = "general", title = "Общие" }]
topics = [{ id = "other", title = "Другое" }]
surveys = { address = "https://hub.example" }
notices = { quiet_from = "00:00", quiet_until = "00:00" }
[[channels]]
driver = "sms.paper"
[[channels]]
driver = "voice.paper"
"""
MOBILE, LANDLINE, WRITER = "+79160000001", "+74951234567", "+79160000002"
GOOD = {"what": "answer", "q0": "0", "q2": "4", "q3": "4", "q5-0": "0"}
AT = datetime(2026, 1, 1, tzinfo=UTC)


async def served(hub: Hub, papers: Papers, clerk: Clerk, channel: str, number: str) -> int:
    conversation = await papers[channel].writes(number, "Позовите оператора")

    async def waits() -> bool:
        head = await hub.store.conversation(conversation)
        return head is not None and isinstance(head.holder, InQueue)
    await eventually(waits)
    await clerk.does("POST", f"/api/conversations/{conversation}/take")
    await clerk.act(str(conversation), "reply", {"key": "1", "text": "Хорошо"})
    await clerk.does("POST", f"/api/conversations/{conversation}/close", {"topic": "other"})
    return conversation


def terms(now: datetime, **more: Any) -> dict[str, Any]:
    return {"questionnaire": "service-quality", "version": 1, "since": now.isoformat(), "until": (now + timedelta(days=7)).isoformat()} | more


def of_people(now: datetime, **more: Any) -> dict[str, Any]:
    return terms(now, closed_since=(now - timedelta(hours=1)).isoformat(), closed_until=(now + timedelta(hours=1)).isoformat(), size=100, **more)


async def page(house: House, path: str, **fields: str) -> str:
    async with aiohttp.ClientSession() as http:
        way = http.post(house.base + path, data=fields) if fields else http.get(house.base + path)
        async with way as answer:
            assert answer.status == 200, (answer.status, await answer.text())
            return await answer.text()


async def test_a_caller_gets_a_link_by_sms_and_one_without_a_mobile_is_asked_aloud(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # SV-02, SV-04, RG-07, MU-05
    papers, clock = Papers(monkeypatch, "sms.paper", "voice.paper"), Clock()
    async with near(tmp_path, CENTRE.replace("LEVEL", "regional"), now=clock) as (house, hub), people(house) as at:
        admin = await at.admin()
        boss = await at.clerk(admin, "supervisor")
        called = await served(hub, papers, boss, "voice.paper", MOBILE)
        landline = await served(hub, papers, boss, "voice.paper", LANDLINE)
        await served(hub, papers, boss, "sms.paper", WRITER)
        await boss.does("PUT", "/api/personal-surveys/quality", of_people(clock()))
        assert await boss.does("GET", "/api/personal-surveys/quality/interviews") == []
        await boss.does("POST", "/api/surveys/quality/start")
        invited = {each.address: each for each in await hub.store.all(Invited)}
        assert {address: (each.conversation, each.aloud) for address, each in invited.items() if not address.endswith(WRITER)} == {
            f"sms.paper:{MOBILE}": (called, False), f"voice.paper:{LANDLINE}": (landline, True)}
        for _ in (MOBILE, WRITER):
            await papers["sms.paper"].hears("/survey/p/")
        asked = await boss.does("GET", "/api/personal-surveys/quality/interviews")
        assert [(each["address"], each["conversation"]) for each in asked] == [(LANDLINE, str(landline))]
        link = asked[0]["path"]
        assert "Согласие" in await page(house, link)
        assert "Ваш вопрос решён?" in await page(house, link, what="agree", version="1")
        assert len(await boss.does("GET", "/api/personal-surveys/quality/interviews")) == 1  # he comes back to it
        assert "Спасибо за ответы" in await page(house, link, **GOOD)
        assert await boss.does("GET", "/api/personal-surveys/quality/interviews") == []
        total = (await boss.does("GET", "/api/surveys/quality"))["sum"]
        assert (total["invited"], total["answered"]) == (3, 1)
        (answer,) = await boss.does("GET", "/api/personal-surveys/quality/answers")
        assert answer["address"] == LANDLINE
        assert "survey_interviews" in {each["what"] for each in await admin.does("GET", "/api/audit")}
        assert len(await hub.store.all(SurveyPause)) == 3


@pytest.mark.parametrize(("callers", "writers", "mail", "size"), [(600, 300, 100, 100), (7, 2, 1, 5), (1, 1, 0, 1), (3, 3, 3, 100), (0, 0, 0, 5)])
def test_a_sample_has_each_way_by_its_share(callers: int, writers: int, mail: int, size: int) -> None:
    # SV-04: of the callers a tenth can be asked
    served = {"voice": callers, "sms": writers, "email": mail}
    can = {family: max(1, number // 10) if family == "voice" else number for family, number in served.items() if number}
    people = {family: [Invited(f"{family}{n}", "s", n, family, AT) for n in range(number)] for family, number in can.items()}
    chosen = chosen_of(people, {family: served[family] for family in people}, size)
    found = Counter(each.address for each in chosen)
    assert len({each.key for each in chosen}) == len(chosen) == min(size, sum(can.values()))
    for family, number in served.items():
        share = size * number / max(1, sum(served.values()))
        assert found[family] >= min(can.get(family, 0), int(share))


async def test_a_federal_operator_asks_one_caller_after_the_other_without_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # FD-08, SV-01, SV-04: in one browser, and nothing of it is in the audit
    papers, clock = Papers(monkeypatch, "sms.paper", "voice.paper"), Clock()
    async with near(tmp_path, CENTRE.replace("LEVEL", "federal"), now=clock) as (house, hub), people(house) as at:
        admin = await at.admin()
        boss = await at.clerk(admin, "supervisor")
        await served(hub, papers, boss, "voice.paper", MOBILE)
        assert (await boss.call("PUT", "/api/personal-surveys/quality", of_people(clock())))[0] == 403
        assert (await boss.does("PUT", "/api/surveys/quality", terms(clock())))["path"] == "/survey/quality"
        await boss.does("POST", "/api/surveys/quality/start")
        before = await admin.does("GET", "/api/audit")
        async with aiohttp.ClientSession(base_url=house.base) as http:
            for _ in range(5):
                async with http.get("/survey/quality?interview=1") as answer:
                    sheet = await answer.text()
                assert "Опрос по телефону без имён" in sheet
                key = re.findall(r'name="key" value="([^"]+)"', sheet)[0]
                async with http.post("/survey/quality", data={"key": key, "interview": "1", **GOOD}) as answer:
                    assert "Опрос по телефону без имён" in await answer.text()
                    assert not answer.cookies
        assert (await admin.does("GET", "/api/audit"))[-len(before):] == before
        assert len(await admin.does("GET", "/api/audit")) == len(before)
        await boss.does("POST", "/api/surveys/quality/end")
        assert (await boss.does("GET", "/api/surveys/quality"))["sum"]["answered"] == 5
        (national,) = await boss.does("GET", "/api/national-surveys")
        assert ([each["id"] for each in national["centres"]], national["sum"]["answered"]) == (["077"], 5)
