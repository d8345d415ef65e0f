"""A citizen asks in MAX or VK, is answered by the robot, calls a person, and is answered by him: the whole hub around it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Protocol

import pytest
from msgspec.structs import replace

from okno.app import running
from okno.config import ChannelSettings, Config, Listen, load
from tests.channels.messenger import max_room, vk_room
from tests.house import Clerk
from tests.peers import max as max_peer
from tests.peers import vk as vk_peer


class Phone(Protocol):
    """A citizen's telephone with a messenger in it."""

    api: max_peer.MaxDouble | vk_peer.VkDouble

    def channel(self, folder: Path) -> ChannelSettings: ...

    async def starts(self) -> None: ...

    async def writes(self, text: str) -> None: ...

    async def presses(self, label: str) -> None: ...


class Max:
    def __init__(self, *, pushes: bool) -> None:
        self.api, self._pushes, self._numbers = max_peer.MaxDouble(), pushes, count(1)

    def channel(self, folder: Path) -> ChannelSettings:
        (folder / "token").write_text(max_peer.TOKEN)
        (folder / "secret").write_text(max_room.SECRET)
        webhook = {"webhook": {"url": max_room.HOOK, "secret_file": str(folder / "secret")}} if self._pushes else {}
        return ChannelSettings("messenger.max", {"token_file": str(folder / "token"), "api": self.api.base} | webhook)

    async def starts(self) -> None:
        await self.api.happens(max_peer.happened("bot_started", payload=None, user_locale="ru"))

    async def writes(self, text: str) -> None:
        await self.api.says(f"m{next(self._numbers)}", text)

    async def presses(self, label: str) -> None:
        said = self.api.messages[-1]
        payload = next(button["payload"] for row in said["body"]["attachments"][0]["payload"]["buttons"] for button in row if button["text"] == label)
        await self.api.happens(max_peer.pressed("cb1", payload, under=said))
        await self.api.until(lambda: self.api.answers == [("cb1", f"Вы выбрали: {label}")])


class Vk:
    def __init__(self, *, pushes: bool) -> None:
        self.api, self._pushes, self._numbers = vk_peer.VkDouble(), pushes, count(1)
        if pushes:
            self.api.hook_path, self.api.secret = "/vk/events", vk_room.SECRET

    def channel(self, folder: Path) -> ChannelSettings:
        (folder / "token").write_text(vk_peer.TOKEN)
        (folder / "secret").write_text(vk_room.SECRET)
        settings: dict[str, Any] = {"token_file": str(folder / "token"), "group": vk_peer.GROUP, "api": f"{self.api.base}/method/"}
        if self._pushes:
            settings["callback"] = {"url": vk_room.HOOK, "secret_file": str(folder / "secret"), "confirmation": "c0nf1rm"}
        return ChannelSettings("messenger.vk", settings)

    async def starts(self) -> None:
        await self.api.happens(vk_peer.new(next(self._numbers), "Начать", payload='{"command":"start"}'))

    async def writes(self, text: str) -> None:
        await self.api.says(str(next(self._numbers)), text)

    async def presses(self, label: str) -> None:
        actions = [button["action"] for row in self.api.messages[-1]["keyboard"]["buttons"] for button in row]
        payload = next(action["payload"] for action in actions if action["label"] == label)
        await self.api.happens(vk_peer.new(next(self._numbers), label, payload=payload))


@pytest.fixture(params=[(Max, False), (Max, True), (Vk, False), (Vk, True)], ids=["max-polling", "max-webhook", "vk-polling", "vk-callback"])
async def phone(request: pytest.FixtureRequest) -> AsyncIterator[Phone]:
    kind, pushes = request.param
    phone: Phone = kind(pushes=pushes)
    await phone.api.start()
    yield phone
    await phone.api.stop()


async def sees(phone: Phone, text: str) -> None:
    await phone.api.until(lambda: any(text in spoken for spoken in phone.api.spoken))


@asynccontextmanager
async def clerk(address: str, password: str) -> AsyncIterator[Clerk]:
    admin = Clerk(SimpleNamespace(base=address, way=lambda: None), "admin")  # type: ignore[arg-type]  # all that it asks of a house
    try:
        yield await admin.sign_in(password)
    finally:
        await admin.close()


@pytest.mark.smoke
async def test_from_a_question_to_an_operators_answer(phone: Phone, tmp_path: Path) -> None:
    # CH-05, AL-06
    config: Config = replace(load(None, {}), listen=Listen(port=0), data=str(tmp_path / "data"), channels=(phone.channel(tmp_path),))
    async with running(config) as hub:
        phone.api.hook = hub.address
        await phone.starts()
        await sees(phone, "Вам отвечает робот")
        await phone.writes("Как получить загранпаспорт?")
        await sees(phone, "Источник: ")
        await phone.presses("Позвать оператора")
        await sees(phone, "Номер обращения: ")
        async with clerk(hub.address, hub.password) as admin:
            desk = await admin.live()
            await admin.does("PUT", "/api/presence", {"presence": "ready"})
            conversation = str((await desk.hear("offer"))["conversation"]["id"])
            timeline = await admin.does("POST", f"/api/conversations/{conversation}/accept")
            said = [entry["text"] for entry in timeline["entries"] if entry.get("author") == "citizen"]
            assert said == ["Здравствуйте!", "Как получить загранпаспорт?", "Позвать оператора"]
            await admin.act(conversation, "reply", {"key": "r1", "text": "Здравствуйте! Это Анна."})
            await sees(phone, "Это Анна.")
            await phone.writes("Спасибо")
            await phone.api.until(lambda: len(phone.api.acknowledged) == 4)
            said = [entry["text"] for entry in await admin.timeline(conversation) if entry.get("author") == "citizen"]
            assert said[-1] == "Спасибо"
            await desk.close()
    assert len(phone.api.spoken) == len(set(phone.api.spoken))
