"""A file by SMS is a link, which costs what was measured, opens what was sent, and ends (CH-05, CH-16)."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import msgspec
import pytest
from msgspec.structs import replace

from bots.russian import Russian
from channels.sms import TRAITS, configured
from channels.sms.http import NAME, HttpSms, connect
from channels.uploads import Uploads
from hub.conversations.attachments import FileLink
from hub.conversations.channel_traits import Brings
from hub.conversations.message import Attachment
from hub.conversations.ports import Channel, Store
from hub.intake.ports import Intake
from hub.kernel.errors import UnavailableError
from hub.kernel.ports import Files
from okno.drivers import channel_traits
from tests.channels.room import Room, ValvedMemory, room_with
from tests.channels.served import served
from tests.channels.test_sms_http import letter
from tests.peers.sms_provider import Provider

SITE = "https://hub.example.ru/f"
PDF = b"%PDF-1.4 \xd0"


@pytest.fixture
async def provider(tmp_path: Path) -> AsyncIterator[Provider]:
    async with Provider("smsc.ru", tmp_path) as provider:
        yield provider


@pytest.fixture
async def room(provider: Provider, tmp_path: Path, russian: Russian) -> AsyncIterator[Room]:
    def sms(intake: Intake, store: Store, files: Files) -> Channel:
        return connect(provider.settings | {"file_links": {"url": SITE}}, intake, store, files, limited=False)

    async with room_with(sms, ValvedMemory, tmp_path, russian) as room, asyncio.timeout(20):
        yield room


@pytest.fixture
async def base(room: Room) -> AsyncIterator[str]:
    async with served(room) as base:
        yield base


async def paper(room: Room) -> Attachment:
    return await Uploads(room.intake, room.store, room.files).keep(1, "Справка.pdf", PDF)


async def sent(room: Room, text: str, *files: Attachment) -> None:
    head, [record] = letter(room, text)
    assert isinstance(room.channel, HttpSms)
    await room.channel.send(head, [replace(record, entry=replace(record.entry, attachments=files))])


async def opened(base: str, link: str) -> tuple[int, bytes, str]:
    async with aiohttp.ClientSession() as http, http.get(base + link.removeprefix("https://hub.example.ru")) as answer:
        return answer.status, await answer.read(), answer.headers.get("Content-Disposition", "")


async def test_the_link_opens_the_file_and_the_sms_is_what_was_measured(room: Room, provider: Provider, base: str) -> None:
    await sent(room, "Вот справка", await paper(room))
    [text] = provider.texts
    said, line = text.split("\n")
    assert (said, line.partition(SITE)[0]) == ("Вот справка", "Файл: ")
    assert isinstance(room.channel, HttpSms)
    assert room.channel.measure("Вот справка", 1) == room.channel.measure(text, 0)
    assert room.channel.measure("", 2).parts == 2
    status, content, name = await opened(base, line.removeprefix("Файл: "))
    assert (status, content) == (200, PDF)
    assert "attachment" in name


async def test_a_retry_has_the_same_link(room: Room, provider: Provider, base: str) -> None:
    # CH-06: telephones join its parts with those of the first attempt
    file = await paper(room)
    provider.moods = ["cut"]
    with pytest.raises(UnavailableError):
        await sent(room, "Вот", file)
    await sent(room, "Вот", file)
    assert len(await room.store.all(FileLink)) == 1


async def test_a_link_ends_and_no_other_opens(room: Room, provider: Provider, base: str) -> None:
    # SE-01
    await sent(room, "Вот", await paper(room))
    link = provider.texts[0].rpartition(" ")[2]
    for other in (link[:-1] + ("A" if link[-1] != "A" else "B"), f"{SITE}/{'A' * 24}", f"{SITE}/{'_' * 24}"):
        assert (await opened(base, other))[0] == 404
    [kept] = await room.store.all(FileLink)
    assert timedelta(days=6) < kept.until - datetime.now(UTC) <= timedelta(days=7)
    await room.store.put(replace(kept, until=datetime.now(UTC)))
    assert (await opened(base, link))[0] == 404


async def test_a_file_that_was_found_infected_does_not_open(room: Room, provider: Provider, base: str) -> None:
    file = await paper(room)
    await sent(room, "Вот", file)
    assert (await opened(base, provider.texts[0].rpartition(" ")[2]))[0] == 200
    await room.files.drop(file.file)
    status, words, _ = await opened(base, provider.texts[0].rpartition(" ")[2])
    assert (status, "файла нет" in words.decode()) == (404, True)


def test_the_channel_brings_files_where_there_is_an_address_for_links() -> None:
    assert [configured(TRAITS, settings).files for settings in ({}, {"file_links": {"url": SITE}})] == [Brings.NONE, Brings.LINK]
    assert channel_traits({NAME: {"file_links": {"url": SITE}}, "sms.smpp": {}}).named(NAME).files is Brings.LINK


@pytest.mark.parametrize("links", [{}, {"url": "http://hub.example.ru/f"}, {"url": "https://hub.example.ru"}, {"url": SITE, "days": 0}, {"url": SITE, "day": 1}])
async def test_a_wrong_setting_stops_the_start(provider: Provider, links: dict[str, object]) -> None:
    with pytest.raises(msgspec.ValidationError):
        connect(provider.settings | {"file_links": links}, None, None, None, limited=False)  # type: ignore[arg-type]  # nothing is sent
