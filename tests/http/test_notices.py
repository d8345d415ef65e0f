"""Notices at the desk: whoever may send them sends each once, sees when it goes out and what became of it."""

import json
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.gateway_hub import GatewayHub, gateway_hub, quiet_in_moscow
from tests.house import Clerk, People, people

PATH = "/api/notices"
CHANNEL = "sms.folder"
MOSCOW, VLADIVOSTOK = "+74951234567", "+74232345678"


def body(key: str, number: str = VLADIVOSTOK, **more: Any) -> dict[str, Any]:
    return {"key": key, "channel": CHANNEL, "address": number, "text": f"Готово: {key}", "ground": "request", **more}


@pytest.fixture(scope="module")
def carrying(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayHub]:
    with gateway_hub(tmp_path_factory.mktemp("carrying"), quiet_in_moscow()) as running:
        yield running


@pytest.fixture
async def at(carrying: GatewayHub) -> AsyncIterator[People]:
    async with people(carrying) as present:
        yield present


@pytest.fixture
async def boss(admin: Clerk, at: People) -> Clerk:
    return await at.clerk(admin, "supervisor")


async def test_a_notice_reaches_the_citizen_once(carrying: GatewayHub, admin: Clerk, boss: Clerk) -> None:  # CH-15, CH-05
    live = await boss.live()
    for _ in range(3):
        sent = await boss.does("POST", PATH, body("once"))
    await carrying.receives(VLADIVOSTOK, "Готово: once")
    told = await live.hear("notice")
    while told["notice"]["state"] != "sent":
        told = await live.hear("notice")
    found = await boss.does("GET", f"{PATH}/once")
    assert found == told["notice"]
    assert (found["state"], found["by"], found["id"]) == ("sent", boss.login, sent["id"])
    assert [text for _, text in carrying.carried()].count("Готово: once") == 1
    listed = await boss.does("GET", PATH)
    assert (listed["channels"], listed["notices"][0], listed["more"]) == ([CHANNEL], found, False)
    entries = await boss.timeline(found["conversation"])
    assert [(each["author"], each["text"]) for each in entries if each["kind"] == "message"] == [("system", "Готово: once")]
    assert await boss.call("POST", PATH, body("once", text="Другое")) == (409, {"error": "exists", "text": "С этим ключом уже есть другое уведомление."})
    audit_entries = [audit_entry for audit_entry in await admin.does("GET", "/api/audit") if audit_entry["what"] == "notice"]
    assert [(audit_entry["by"], audit_entry["about"], audit_entry["detail"]) for audit_entry in audit_entries] == [(boss.login, "once", f"{CHANNEL}, request")]
    await live.close()


async def test_the_clock_of_the_citizens_region_counts(carrying: GatewayHub, boss: Clerk) -> None:  # CH-15, RT-11
    there = await boss.does("POST", f"{PATH}/preview", {"channel": CHANNEL, "address": VLADIVOSTOK})
    here = await boss.does("POST", f"{PATH}/preview", {"channel": CHANNEL, "address": MOSCOW})
    assert (there["quiet"], here["quiet"]) == (False, True)
    half = await boss.does("POST", f"{PATH}/preview", {"channel": CHANNEL, "address": "+7495"})
    assert "международной" in half["problem"]
    assert here["problem"] == ""
    waits = await boss.does("POST", PATH, body("waits", MOSCOW))
    assert (waits["state"], waits["due"]) == ("pending", here["due"])
    assert timedelta(minutes=50) < datetime.fromisoformat(here["due"]) - datetime.now(UTC) <= timedelta(hours=1)
    await boss.does("POST", PATH, body("urgent", MOSCOW, urgent=True))
    await carrying.receives(MOSCOW, "Готово: urgent")
    assert (MOSCOW, "Готово: waits") not in carrying.carried()


async def test_a_citizen_refuses_by_one_word(carrying: GatewayHub, boss: Clerk) -> None:  # CH-15
    number = "+74232000001"
    carrying.writes("stop", number, "Стоп")
    await carrying.receives(number, "СТАРТ")
    assert (await boss.does("POST", f"{PATH}/preview", {"channel": CHANNEL, "address": number}))["opted_out"]
    refused = await boss.does("POST", PATH, body("refused", number))
    assert (refused["state"], refused["why"]) == ("refused", "Заявитель отказался от уведомлений.")
    conversation = (await boss.does("GET", "/api/inbox?view=recent"))["conversations"][0]
    texts = [(each["author"], each["text"]) for each in await boss.timeline(conversation["id"]) if each["kind"] == "message"]
    assert texts[0] == ("citizen", "Стоп")
    assert texts[1][0] == "system"
    carrying.writes("start", number, "старт")
    await carrying.receives(number, "снова включены")
    await boss.does("POST", PATH, body("allowed", number))
    await carrying.receives(number, "Готово: allowed")


@pytest.mark.parametrize(("change", "code"), [
    ({"key": ""}, "bad_request"), ({"key": "a b"}, "bad_request"), ({"key": "ключ"}, "bad_request"), ({"key": "../x"}, "bad_request"), ({"key": "k" * 101}, "bad_request"),
    ({"text": ""}, "bad_request"), ({"text": " \n "}, "bad_request"), ({"text": "я" * 1001}, "bad_request"), ({"ground": "whim"}, "bad_request"),
    ({"urgent": "yes"}, "bad_request"), ({"address": ""}, "bad_request"), ({"address": "+7 495"}, "bad_address"), ({"address": "84951234567"}, "bad_address"),
    ({"channel": "web.chat"}, "no_such_channel"), ({"channel": "sms.nowhere"}, "no_such_channel")])
async def test_what_makes_no_sense_is_refused(boss: Clerk, change: dict[str, Any], code: str) -> None:  # CH-15
    status, answer = await boss.call("POST", PATH, body("wrong") | change)
    assert (status, answer["error"]) == (400, code)
    assert (await boss.call("GET", f"{PATH}/wrong"))[1]["error"] == "no_such_notice"


async def test_only_supervisors_and_administrators_send_them(admin: Clerk, at: People) -> None:  # SE-01
    for role, status in (("operator", 403), ("senior", 403), ("designer", 403), ("supervisor", 200), ("admin", 200)):
        clerk = await at.clerk(admin, role)
        assert (await clerk.call("GET", PATH))[0] == status
        assert (await clerk.call("POST", PATH, body(f"by-{role}")))[0] == status


async def test_pages(boss: Clerk) -> None:  # CH-15
    for number in range(51):
        await boss.does("POST", PATH, body(f"page-{number}", MOSCOW))
    first = await boss.does("GET", PATH)
    assert (len(first["notices"]), first["more"]) == (50, True)
    rest = await boss.does("GET", f"{PATH}?before={first['notices'][-1]['id']}")
    keys = [each["key"] for each in (*first["notices"], *rest["notices"])]
    assert keys[:51] == [f"page-{number}" for number in reversed(range(51))]
    assert len(keys) == len(set(keys))


async def test_a_hub_that_is_killed_sends_what_it_promised(tmp_path_factory: pytest.TempPathFactory) -> None:  # CH-15, CH-06
    with gateway_hub(tmp_path_factory.mktemp("killed"), 'quiet_from = "00:00"\nquiet_until = "00:00"') as house:
        async with people(house) as present:
            boss = await present.admin()
            keys = [f"k{number}" for number in range(20)]
            for key in keys:
                await boss.does("POST", PATH, body(key, f"+7423300{int(key[1:]):04}"))
        house.kill()
        promised = [json.loads(path.read_text())["text"] for path in (house.folder / "out").glob("*.json")]
        house.start()
        async with people(house) as present:
            boss = await present.admin()
            for key in keys:
                await house.receives(f"+7423300{int(key[1:]):04}", f"Готово: {key}")
            assert {each["state"] for each in (await boss.does("GET", PATH))["notices"]} == {"sent"}
        texts = [text for _, text in house.carried()]
        assert sorted(texts) == sorted(f"Готово: {key}" for key in keys)
        assert set(promised) <= set(texts)
