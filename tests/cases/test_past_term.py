"""One list of what is past its term, over promises, conversations and cases; a night of 1 January over all channels (GV-16, GV-17)."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from hub.conversations.address import Address
from hub.conversations.conversation import InQueue, Promised
from hub.conversations.promise_creation import term_of
from okno.app import Hub
from tests.house import People, people
from tests.paper import Papers, near
from tests.rig import Clock, eventually

NIGHT = datetime(2026, 12, 31, 23, 55, tzinfo=UTC)
CITIZENS = {
    "email.paper": "ivan@home.example", "fax.paper": "+74951234567", "sms.paper": "+79161234567", "messenger.paper": "100200300",
    "voice.paper": "+79160000001", "web.paper": "somebody"}
"""One of each family of channels."""
CENTRE = """centre = { code = "077", name = "Центр", level = "regional" }
queues = [{ id = "general", title = "Общие" }]
topics = [{ id = "other", title = "Другое" }]
""" + "".join(f'[[channels]]\ndriver = "{name}"\n' for name in CITIZENS)


@pytest.fixture
def papers(monkeypatch: pytest.MonkeyPatch) -> Papers:
    return Papers(monkeypatch, *CITIZENS)


async def ask(hub: Hub, papers: Papers) -> dict[str, int]:
    """Everybody asks for a person; the conversations by channel."""
    asked = {name: await papers[name].writes(who, "Позовите оператора") for name, who in CITIZENS.items()}

    async def wait() -> bool:
        heads = [await hub.store.conversation(each) for each in asked.values()]
        return all(head is not None and isinstance(head.holder, InQueue) for head in heads)
    await eventually(wait)
    return asked


async def past(at: People) -> list[dict[str, Any]]:
    """As an administrator sees it who signs in for it: sessions end sooner than terms."""
    found: list[dict[str, Any]] = (await (await at.admin()).does("GET", "/api/past-term"))["rows"]
    return found


async def test_the_night_of_1_january_ends_with_nobody_untold(tmp_path: Path, papers: Papers) -> None:
    # GV-17, CH-06: every channel, nobody on duty, a restart in the night; the morning shift answers all in time
    clock = Clock()
    clock.now = NIGHT
    async with near(tmp_path, CENTRE, now=clock) as (house, hub), people(house) as at:
        await at.admin()
        asked = await ask(hub, papers)
        password = house.password
    clock.forward(9 * 3600)
    async with near(tmp_path, CENTRE, now=clock) as (house, hub), people(house) as at:
        house.password = password
        admin = await at.admin()
        for number in asked.values():
            head = await hub.store.conversation(number)
            assert head is not None
            assert term_of(head) == NIGHT + timedelta(hours=24)
        assert await past(at) == []
        anna = await at.clerk(admin)
        for name, number in asked.items():
            await anna.does("POST", f"/api/conversations/{number}/take")
            await anna.act(number, "reply", {"key": "1", "text": f"Ответ в {name}"})
            await anna.does("POST", f"/api/conversations/{number}/close", {"topic": "other"})
            assert await papers[name].hears(f"Ответ в {name}")
        clock.forward(24 * 3600)
        assert await past(at) == []


async def test_whoever_is_forgotten_on_any_channel_is_in_one_list(tmp_path: Path, papers: Papers) -> None:
    # GV-16, GV-17: with an owed case, too; each leaves the list when the answer is given
    clock = Clock()
    clock.now = NIGHT
    async with near(tmp_path, CENTRE, now=clock) as (house, hub), people(house) as at:
        admin = await at.admin()
        asked = await ask(hub, papers)
        anna = await at.clerk(admin)
        number = asked["sms.paper"]
        await anna.does("POST", f"/api/conversations/{number}/take")
        case = (await anna.does("POST", f"/api/conversations/{number}/cases",
                                {"key": "c1", "kind": "request", "topic": "other", "text": "Прошу выдать справку", "read_back": True}))["case"]
        await anna.does("POST", f"/api/conversations/{number}/promise", {"why": "Узнать"})
        clock.forward(24 * 3600 - 60)
        assert await past(at) == []
        clock.forward(120)
        rows = await past(at)
        assert {(row["kind"], row["id"], row["channel"]) for row in rows} == {
            ("promise" if name == "sms.paper" else "conversation", str(each), name.partition(".")[0]) for name, each in asked.items()} | {
            ("case", case["number"], "")}
        assert [row["due"] for row in rows] == sorted(row["due"] for row in rows)
        letter = asked["email.paper"]
        await anna.sign_in()
        await anna.does("POST", f"/api/conversations/{letter}/take")
        await anna.act(letter, "reply", {"key": "1", "text": "Ответ"})
        await anna.does("POST", f"/api/conversations/{letter}/close", {"topic": "other"})
        assert str(letter) not in {row["id"] for row in await past(at)}
        assert (await anna.call("GET", "/api/past-term"))[0] == 403


async def test_a_caller_who_leaves_at_night_is_owed_a_call(tmp_path: Path, papers: Papers) -> None:
    # CH-14, GV-17
    clock = Clock()
    clock.now = NIGHT
    async with near(tmp_path, CENTRE, now=clock) as (house, hub), people(house) as at:
        await at.admin()
        number = (await ask(hub, papers))["voice.paper"]
        await papers["voice.paper"]._intake.left(Address("voice.paper", CITIZENS["voice.paper"]))

        async def owed() -> bool:
            head = await hub.store.conversation(number)
            return head is not None and isinstance(head.holder, Promised)
        await eventually(owed)
        clock.forward(25 * 3600)
        assert ("promise", str(number)) in {(row["kind"], row["id"]) for row in await past(at)}
