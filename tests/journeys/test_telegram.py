"""A citizen asks in Telegram, is answered by the robot, calls a person, and is answered by him: the whole hub around it."""

from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from msgspec.structs import replace

from okno.app import running
from okno.config import ChannelSettings, Config, Listen, load
from tests.channels.messenger.telegram_room import settings
from tests.house import Clerk
from tests.peers.telegram import BotApi, Phone


@pytest.fixture
async def api() -> AsyncIterator[BotApi]:
    async with BotApi().running() as api:
        yield api


def configured(folder: Path, api: BotApi, *, webhook: bool) -> Config:
    demo = load(None, {})
    channel = ChannelSettings("messenger.telegram", settings(folder, api.base, webhook=webhook))
    return replace(demo, listen=Listen(port=0), data=str(folder / "data"), channels=(channel,))


@pytest.mark.smoke
@pytest.mark.parametrize("webhook", [False, True], ids=["polling", "webhook"])
async def test_from_a_question_to_an_operators_answer(api: BotApi, tmp_path: Path, webhook: bool) -> None:
    # CH-05, AL-06
    phone = Phone(api)
    async with running(configured(tmp_path, api, webhook=webhook)) as hub:
        api.hub = hub.address
        await phone.writes("/start")
        menu = await phone.sees("Вам отвечает робот")
        assert any(button["text"] == "Позвать оператора" for row in menu["reply_markup"]["inline_keyboard"] for button in row)
        await phone.writes("Как получить загранпаспорт?")
        await phone.sees("Источник: ")
        await phone.presses("Позвать оператора")
        await phone.sees("Номер обращения: ")
        admin = Clerk(SimpleNamespace(base=hub.address, way=lambda: None), "admin")  # type: ignore[arg-type]  # all that it asks of a house
        try:
            await admin.sign_in(hub.password)
            conversation = await offered(admin)
            timeline = await admin.does("POST", f"/api/conversations/{conversation}/accept")
            said = [entry["text"] for entry in timeline["entries"] if entry.get("author") == "citizen"]
            assert said == ["Здравствуйте!", "Как получить загранпаспорт?", "Позвать оператора"]
            await admin.act(conversation, "reply", {"key": "r1", "text": "Здравствуйте! Это Анна."})
            await phone.sees("Это Анна.")
        finally:
            await admin.close()
    assert len(phone.texts) == len(set(phone.texts))


async def offered(clerk: Clerk) -> str:
    """The conversation that is offered to whoever has just become ready."""
    desk = await clerk.live()
    await clerk.does("PUT", "/api/presence", {"presence": "ready"})
    offer = await desk.hear("offer")
    await desk.close()
    return str(offer["conversation"]["id"])


