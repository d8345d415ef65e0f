"""Whoever is blocked is refused where he can be told at once, and hears how else he is heard (SE-02)."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from bots.russian import Russian
from channels.web import chat, form, hook, rasa
from hub.conversations.address import Address
from hub.conversations.ports import Channel, Store
from hub.intake.block import Effect
from hub.intake.flood_control import FloodLimits
from hub.intake.ports import Intake
from hub.kernel.ports import Files
from tests.channels.room import Room, ValvedMemory, room_with
from tests.channels.served import served
from tests.channels.test_web_hook import secrets, send
from tests.house import Citizen

ELSEWHERE = "Позвоните: 8 800 100-20-30."
HOME = "127.0.0.0/24"
Connect = Callable[..., Channel]


@asynccontextmanager
async def doors(connect: Connect, settings: dict[str, object], folder: Path, russian: Russian) -> AsyncIterator[tuple[Room, str, aiohttp.ClientSession]]:
    def driver(intake: Intake, store: Store, files: Files) -> Channel:
        return connect(settings, intake, store, files, limited=True)

    async with (room_with(driver, ValvedMemory, folder, russian, flood_limits=FloodLimits(other_contact=ELSEWHERE)) as room, served(room) as base,
                aiohttp.ClientSession() as http):
        yield room, base, http


async def blocked(room: Room, family: str, pattern: str) -> str:
    return (await room.intake_filter.blocks.add("boss", family, pattern, Effect.REFUSE, "спам", 1)).id


async def test_a_network_is_shut_out_of_the_chat_and_let_in_again(tmp_path: Path, russian: Russian) -> None:
    # SE-02: at once, also on a socket that is open
    async with doors(chat.connect, {}, tmp_path, russian) as (room, base, http):
        citizen = await Citizen(http, base).enter()
        block = await blocked(room, "web", HOME)
        async with http.post(f"{base}/chat/sessions") as answer:
            assert (answer.status, await answer.json()) == (403, {"error": "blocked", "text": f"Сообщения с этого адреса сейчас не принимаются. {ELSEWHERE}"})
        await citizen.say("Можно?", "1")
        assert (await citizen.line.hear("error", key="1"))["code"] == "blocked"
        async with http.post(f"{base}/chat/files?token={citizen.token}", data=b"x") as answer:
            assert answer.status == 403
        await room.intake_filter.blocks.lift("boss", block)
        await citizen.say("Можно?", "2")
        await citizen.line.hear("stored", key="2")


async def test_a_partners_sender_is_refused_and_the_partner_told(tmp_path: Path, russian: Russian) -> None:
    # SE-02
    settings: dict[str, object] = {"url": "http://127.0.0.1:1/", "secrets": secrets(tmp_path)}
    async with doors(hook.connect, settings, tmp_path, russian) as (room, base, http):
        await blocked(room, "web", "ivan")
        for sender, status in (("ivan", 403), ("maria", 200)):
            found, answer = await send(http, f"{base}/hook/messages", f"m-{sender}", {"from": sender, "text": "вопрос"})
            assert (found, answer.get("error", "")) == (status, "blocked" if status == 403 else "")
        assert await room.intake.find(Address(hook.NAME, "ivan")) is None


async def test_a_form_is_given_back_with_its_words(tmp_path: Path, russian: Russian) -> None:
    # SE-02
    async with doors(form.connect, {}, tmp_path, russian) as (room, base, http):
        await blocked(room, "web", HOME)
        data = aiohttp.FormData({"text": "Не работает лифт", "key": "x", "consent": "on"})
        async with http.post(f"{base}/form", data=data, headers={"Origin": base}) as answer:
            page = await answer.text()
        assert answer.status == 403
        assert "Позвоните в центр" in page
        assert "Не работает лифт" in page


@pytest.mark.parametrize(("family", "pattern"), [("web", "ivan"), ("web", HOME)])
async def test_rasas_clients_are_refused(tmp_path: Path, russian: Russian, family: str, pattern: str) -> None:
    # SE-02
    async with doors(rasa.connect, {}, tmp_path, russian) as (room, base, http):
        await blocked(room, family, pattern)
        async with http.post(f"{base}/webhooks/rest/webhook", json={"sender": "ivan", "message": "вопрос"}) as answer:
            assert (answer.status, (await answer.json())["error"]) == (403, "blocked")
