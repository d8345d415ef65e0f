"""The federal centre, a region and a city, each with a whole hub: one edit at the top, and the same answer at all three (KB-06, KB-09)."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from hub.link.loopback import Loopback
from okno.app import running
from okno.config import load
from tests.deployments import CITY, CONFIG, COUNTRY, REGION, registry_of
from tests.house import Clerk, House, People, people
from tests.rig import eventually

CODES = tuple(code for code, *_ in (COUNTRY, REGION, CITY))
ASKED, ABOUT = "сколько стоит загранпаспорт на десять лет", "загранпаспорт на десять лет"
SERVICE = "foreign-passport-10"


@pytest.fixture
async def levels(tmp_path: Path) -> AsyncIterator[tuple[Loopback, list[People]]]:
    lines = Loopback(CODES)
    async with AsyncExitStack() as stack:
        found = []
        for code, level, title in (COUNTRY, REGION, CITY):
            place = tmp_path / code
            place.mkdir()
            (place / "centres.toml").write_text(registry_of(COUNTRY), encoding="utf8")
            (place / "okno.toml").write_text(CONFIG.format(code=code, level=level, title=title) + 'catalogue = "demo"\n', encoding="utf8")
            config = load(place / "okno.toml", {"OKNO_LISTEN": "127.0.0.1:0", "OKNO_DATA": str(place / "data"), "OKNO_LIMITS": "off"})
            hub = await stack.enter_async_context(running(config, link=lines.link(code)))
            house = House(place)
            house.base, house.password = hub.address, hub.password
            found.append(await stack.enter_async_context(people(house)))
        yield lines, found


async def publish(boss: Clerk, writer: Clerk, **changed: Any) -> dict[str, Any]:
    """The passport's card as it is, with these fields; by the two that it takes."""
    path = f"/api/handbook/service/{SERVICE}"
    seen = await writer.does("GET", path)
    draft = await writer.does("PUT", path, {"version": seen["version"], "card": seen["card"] | changed})
    await writer.does("POST", f"{path}/check", {"version": draft["version"]})
    done: dict[str, Any] = await boss.does("POST", f"{path}/publish", {"version": draft["version"], "since": None})
    return done


async def found(clerk: Clerk) -> tuple[str, str, str]:
    """What the desk's search finds first: its card, its text, and who sent it."""
    first = (await clerk.does("GET", "/api/articles", params={"text": ABOUT}))[0]
    return first["id"], first["text"], first["centre"]


async def told(at: People, question: str) -> str:
    citizen = await at.citizen()
    await citizen.tell(question)
    while True:
        said = await citizen.line.hear("message", author="bot")
        if said.get("source"):
            return str(said["text"])


async def test_one_edit_above_is_the_same_answer_at_all_three(levels: tuple[Loopback, list[People]]) -> None:
    # KB-06, KB-09
    lines, (federal, region, city) = levels
    admins = [await each.admin() for each in (federal, region, city)]
    writer = await federal.clerk(admins[0], "designer", ("line",))
    before = [await told(each, ASKED) for each in (federal, region, city)]
    assert before[0] == before[1] == before[2]
    await publish(admins[0], writer, fee={"rubles": 7700}, about="Загранпаспорт на десять лет выдают за месяц.")

    async def came() -> bool:
        return all([(await found(each))[2] for each in admins[1:]])
    await eventually(came)
    searched, answers = [await found(each) for each in admins], [await told(each, ASKED) for each in (federal, region, city)]
    assert [id_ for id_, *_ in searched] == [SERVICE, f"000.{SERVICE}", f"000.{SERVICE}"]
    assert len({text for _, text, _ in searched}) == len(set(answers)) == 1
    assert "десять лет" in searched[0][1]
    assert "7 700" in answers[0].replace("\xa0", " ").replace("\u202f", " ")
    above = await admins[0].does("GET", f"/api/handbook/service/{SERVICE}")
    for below in admins[1:]:
        card = await below.does("GET", f"/api/handbook/service/000.{SERVICE}")
        assert (card["version"], card["stage"], bool(card["centre"])) == (above["version"], "in_force", True)
        refused = await below.call("POST", f"/api/handbook/service/000.{SERVICE}/withdraw")
        assert refused[1]["error"] == "from_above"
    await scripts_and_topics(lines, admins, writer)


async def scripts_and_topics(lines: Loopback, admins: list[Clerk], writer: Clerk) -> None:
    """While the region is cut off the city has them; the region catches up, and has each once."""
    await lines.cut("000", "001")
    tree = await admins[0].does("GET", "/api/topics")
    ferry = {"id": "ferry", "title": "Паромы", "kind": "general"}
    kept = [{name: each[name] for name in ("id", "title", "title_en", "parent", "kind")} for each in tree["topics"]]
    await admins[0].does("PUT", "/api/topics", {"version": tree["version"], "topics": [*kept, ferry]})
    first = (await admins[0].does("GET", "/api/scripts"))[0]
    made = await writer.does("GET", f"/api/scripts/{first['key']}")
    draft = await writer.does("PUT", f"/api/scripts/{first['key']}", {"version": made["version"], "script": made["script"] | {"title": "По-новому"}})
    await admins[0].does("POST", f"/api/scripts/{first['key']}/approve", {"version": draft["version"]})

    async def has(clerk: Clerk) -> bool:
        topics = (await clerk.does("GET", "/api/topics"))["topics"]
        scripts = {each["key"]: each for each in await clerk.does("GET", "/api/scripts")}
        sent, own = scripts.get(f"000.{first['key']}"), scripts[first["key"]]
        return [each["centre"] for each in topics if each["id"] == "ferry"] != [] and sent is not None and (
            sent["published"], sent["title"], own["published"], bool(sent["centre"])) == (draft["version"], "По-новому", 0, True)
    await eventually(lambda: has(admins[2]))
    assert not await has(admins[1])
    await lines.mend("000", "001")
    await eventually(lambda: has(admins[1]))
    topics = (await admins[1].does("GET", "/api/topics"))["topics"]
    assert len({each["id"] for each in topics}) == len(topics)


async def test_an_announcement_of_the_country_is_said_at_all_three(levels: tuple[Loopback, list[People]]) -> None:
    # KB-09, CH-11
    _, at = levels
    federal = at[0]
    admin = await federal.admin()
    writer = await federal.clerk(admin, "designer", ("line",))
    text = "Портал государственных услуг не работает до полудня."
    draft = {"version": 0, "text": text, "occasion": "greeting", "queues": [], "valid_from": "2026-01-01T00:00:00Z",
             "valid_until": "2099-01-01T00:00:00Z", "below": True}
    await writer.does("PUT", "/api/announcements/portal", draft)
    await admin.does("POST", "/api/announcements/portal/approve", {"version": 1})
    for house in at:
        boss = admin if house is federal else await house.admin()
        found: list[dict[str, Any]] = []

        async def came(boss: Clerk = boss, found: list[dict[str, Any]] = found) -> bool:
            found[:] = await boss.does("GET", "/api/announcements")
            return bool(found) and found[0]["state"] == "in_force"
        await eventually(came)
        assert (found[0]["text"], found[0]["version"], found[0]["centre"] != "") == (text, 1, house is not federal)
        if house is not federal:
            assert (await boss.call("POST", f"/api/announcements/{found[0]['id']}/withdraw"))[1]["error"] == "from_above"
        citizen = await house.citizen()
        await citizen.tell("здравствуйте")
        assert text in (await citizen.line.hear("message", text=f"Объявление. {text}"))["text"]
