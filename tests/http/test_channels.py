"""How the channels are, what a reply costs, and what became of it, as the desk is told (CH-05)."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from hub.conversations.delivery_status import Delivery
from hub.kernel.health import Health
from tests.house import House, Line, People, people
from tests.paper import Papers, near

SMS, MAIL = "sms.paper", "email.paper"
CENTRE = """centre = { code = "077", name = "Центр", level = "%s" }
queues = [{ id = "general", title = "Общие" }]
topics = [{ id = "other", title = "Другое" }]
channels = [{ driver = "web.chat" }, { driver = "sms.paper" }, { driver = "email.paper" }]
"""
NUMBER, MAILBOX = "+79161234521", "ivan@example.ru"


@pytest.fixture
def papers(monkeypatch: pytest.MonkeyPatch) -> Papers:
    return Papers(monkeypatch, SMS, MAIL)


@pytest.fixture(params=["regional"])
async def house(papers: Papers, tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[House]:
    async with near(tmp_path, CENTRE % request.param) as (running, _):
        yield running


@pytest.fixture
async def at(house: House) -> AsyncIterator[People]:
    async with people(house) as present:
        yield present


async def in_queue(papers: Papers, channel: str, value: str) -> str:
    """Somebody who has asked for a person there; his conversation."""
    conversation = await papers[channel].writes(value, "Позовите оператора")
    await papers[channel].hears("Номер обращения")
    return str(conversation)


async def channels_when(line: Line, expected: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """What the live socket tells of all channels, once it is as expected."""
    while True:
        told = {one["channel"]: one for one in (await line.hear("channels"))["channels"]}
        if expected(told):
            return told


async def test_a_channel_that_goes_down_is_told_to_whoever_watches(papers: Papers, at: People) -> None:
    # CH-05
    admin = await at.admin()
    line, other = await admin.live(), await (operator := await at.clerk(admin)).live()
    assert (await operator.call("GET", "/api/channels"))[0] == 403
    before = {one["channel"]: one for one in await admin.does("GET", "/api/channels")}
    assert [before[SMS][key] for key in ("up", "words", "last_in", "waiting", "error")] == [True, "бумага", None, 0, ""]
    papers[SMS].state = Health(up=False, words="SMSC не отвечает")
    told = await channels_when(line, lambda told: not told[SMS]["up"])
    assert told[SMS]["words"] == "SMSC не отвечает"
    assert told[MAIL]["up"]
    await other.close()
    assert "channels" not in {frame["type"] for frame in other.unheard}


async def test_a_channel_is_tried_step_by_step(papers: Papers, at: People) -> None:
    # CH-05
    admin = await at.admin()
    line, operator = await admin.live(), await at.clerk(admin)
    papers[SMS].inked.clear()
    papers[SMS].state = Health(up=False, words="чернила высохли")
    assert (await operator.call("POST", f"/api/channels/{SMS}/trial"))[0] == 403
    assert (await admin.call("POST", "/api/channels/sms.nowhere/trial"))[0] == 404
    await admin.does("POST", f"/api/channels/{SMS}/trial")
    told = await channels_when(line, lambda told: told[SMS]["trial"] is not None and told[SMS]["trial"]["step"] == "перо")
    assert told[SMS]["trial"]["findings"] == [{"state": "good", "words": "бумага лежит", "remedy": ""}]
    assert (told[SMS]["tries"], told[MAIL]["trial"]) == (True, None)
    status, refused = await admin.call("POST", f"/api/channels/{SMS}/trial")
    assert (status, refused["error"]) == (409, "busy")
    papers[SMS].inked.set()
    told = await channels_when(line, lambda told: told[SMS]["trial"]["step"] == "")
    assert told[SMS]["trial"]["findings"][1] == {"state": "bad", "words": "перо: чернила высохли", "remedy": "заправьте перо"}
    status, refused = await admin.call("POST", f"/api/channels/{SMS}/trial")
    assert (status, refused["error"]) == (429, "too_fast")
    audit_entries = await admin.does("GET", "/api/audit")
    assert [(each["by"], each["about"]) for each in audit_entries if each["what"] == "channel_tried"] == [(admin.login, SMS)]


async def test_what_comes_and_goes_is_counted_on_every_channel(papers: Papers, at: People) -> None:
    # CH-05
    admin = await at.admin()
    line = await admin.live()
    await in_queue(papers, SMS, NUMBER)
    await (await at.citizen()).tell("Как получить СНИЛС?")
    told = await channels_when(line, lambda told: all(told[one]["last_in"] and told[one]["last_out"] for one in ("web.chat", SMS)))
    assert [(told[one]["up"], told[one]["waiting"], told[one]["error"]) for one in ("web.chat", SMS)] == [(True, 0, "")] * 2
    async with at.http.get(admin.house.base + "/metrics") as answer:
        metrics = dict(row.rsplit(" ", 1) for row in (await answer.text()).splitlines() if row.startswith("okno_channel_"))
    for channel in ("web.chat", SMS):
        assert float(metrics[f'okno_channel_up{{channel="{channel}"}}']) == 1
        assert float(metrics[f'okno_channel_last_received_timestamp_seconds{{channel="{channel}"}}']) > 1.7e9
        assert float(metrics[f'okno_channel_last_sent_timestamp_seconds{{channel="{channel}"}}']) > 1.7e9
        assert float(metrics[f'okno_channel_failing{{channel="{channel}"}}']) == 0
    assert f'okno_channel_last_received_timestamp_seconds{{channel="{MAIL}"}}' not in metrics


async def test_what_a_reply_costs_is_told_to_its_writer(papers: Papers, at: People) -> None:
    # CH-05
    admin = await at.admin()
    sms, chat = await in_queue(papers, SMS, NUMBER), await at.citizen()
    assert (await admin.act(sms, "measure", {"text": "ответ"}))[1]["error"] == "not_yours"
    row = (await admin.does("POST", f"/api/conversations/{sms}/take"))["conversation"]
    assert (row["measured"], row["address"]) == (True, NUMBER)
    assert await admin.act(sms, "measure", {"text": "я" * 70}) == (200, {"parts": 2, "left": 64, "alphabet": "UCS-2"})
    await chat.tell("позовите оператора")
    await chat.line.hear("state", holder="queue")
    row = (await admin.does("POST", f"/api/conversations/{chat.conversation}/take"))["conversation"]
    assert (row["measured"], row["address"]) == (False, "")
    assert await admin.act(chat.conversation, "measure", {"text": "ответ"}) == (200, None)


async def test_a_reply_that_did_not_arrive_says_why(papers: Papers, at: People) -> None:
    # CH-05
    admin = await at.admin()
    sms = await in_queue(papers, SMS, NUMBER)
    await admin.does("POST", f"/api/conversations/{sms}/take")
    reply = await admin.does("POST", f"/api/conversations/{sms}/reply", {"key": "1", "text": "Приходите в МФЦ"})
    carried = await papers[SMS].hears("Приходите")
    await admin.does("POST", f"/api/conversations/{sms}/close", {"topic": "other"})
    await papers[SMS].tells(carried, Delivery.FAILED, f"абонент {NUMBER} недоступен")
    failed, back = [entry for entry in await admin.timeline(sms) if entry["kind"] in {"carried", "handed_over"}][-2:]
    assert [failed[key] for key in ("kind", "why", "record", "text")] == ["carried", "failed", reply["id"], f"абонент {NUMBER} недоступен"]
    assert (back["kind"], back["why"], back["holder"]["kind"]) == ("handed_over", "undelivered", "queue")


@pytest.mark.parametrize("house", ["federal"], indirect=True)
async def test_the_federal_centre_sees_no_address(papers: Papers, at: People) -> None:
    # FD-04, SE-05
    admin = await at.admin()
    line = await admin.live()
    for channel, value in ((SMS, NUMBER), (MAIL, MAILBOX)):
        conversation = await in_queue(papers, channel, value)
        await admin.does("POST", f"/api/conversations/{conversation}/take")
        await admin.does("POST", f"/api/conversations/{conversation}/reply", {"key": "1", "text": "Смотрите на портале"})
        await papers[channel].tells(await papers[channel].hears("портале"), Delivery.FAILED, f"550 <{value}>: не принято")
        await admin.does("POST", f"/api/conversations/{conversation}/promise", {"why": "уточнить срок"})
        papers[channel].state = Health(up=False, words=f"отказ для {value}")
        await channels_when(line, lambda told, of=channel: not told[of]["up"])  # type: ignore[misc]  # bound now
        shown = [await admin.call("GET", path) for path in (
            f"/api/conversations/{conversation}", "/api/inbox?view=recent", "/api/promises", "/api/channels")]
        assert not [answer for answer in shown if answer[0] != 200]
        assert value not in str(shown)
        assert shown[0][1]["conversation"]["address"] == {SMS: "•••21", MAIL: "•••@•••"}[channel]
