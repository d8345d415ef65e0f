"""The subject of a letter: kept with the conversation, and the subject of every answer."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bots.russian import Russian
from channels.email.mail import NAME
from hub.conversations.address import Address
from tests.channels.email.hub import Hub, hub_in
from tests.channels.email.sender import CITIZEN, mail
from tests.channels.email.test_smtp import given
from tests.peers.post_office import PostOffice


@pytest.fixture
async def hub(tmp_path: Path, russian: Russian, office: PostOffice) -> AsyncIterator[Hub]:
    await office.open()
    async with hub_in(tmp_path, russian, office.port, listen={}) as hub:
        yield hub


async def subject(hub: Hub) -> str:
    return (await hub.store.with_addresses([Address(NAME, CITIZEN)]))[0].subject


async def test_an_answer_has_the_subject_of_the_citizens_last_letter(hub: Hub, office: PostOffice) -> None:
    # CH-05
    await given(hub, mail("Когда она будет?", "q@home.example", subject="Справка о составе семьи").as_bytes())
    conversation = (await hub.store.recent())[0].id
    await hub.room.hand_to_anna(conversation)
    assert await subject(hub) == "Справка о составе семьи"
    await hub.room.anna_writes(conversation, "Завтра.")
    first = await office.hears("Завтра.")
    assert first.message["Subject"] == "Re: Справка о составе семьи"
    ids = ("q@home.example", first.message["Message-ID"].strip("<>"))
    await given(hub, mail("Спасибо", "t@home.example", subject="RE: Re: Справка о составе семьи", references=ids).as_bytes())
    assert await subject(hub) == "Справка о составе семьи"
    await given(hub, mail("А копия?", "u@home.example", subject="Копия справки", references=ids).as_bytes())
    await given(hub, mail("Ау", "v@home.example", references=ids).as_bytes())
    assert await subject(hub) == "Копия справки"
    await hub.room.anna_writes(conversation, "Копия тоже.")
    second = await office.hears("Копия тоже.")
    assert second.message["Subject"] == "Re: Копия справки"
    assert second.message["In-Reply-To"] == "<v@home.example>"
    assert second.message["References"].split() == [f"<{each}>" for each in (
        "q@home.example", *(taken.message["Message-ID"].strip("<>") for taken in office.taken[:-1]), "t@home.example", "u@home.example", "v@home.example")]


async def test_a_letter_without_a_subject_gets_one_that_stays(hub: Hub, office: PostOffice) -> None:
    # CH-05
    await given(hub, mail("Как сменить адрес?", "q@home.example").as_bytes())
    head = (await hub.store.recent())[0]
    await hub.room.hand_to_anna(head.id)
    await hub.room.anna_writes(head.id, "В любом центре.")
    first = await office.hears("В любом центре.")
    assert first.message["Subject"] == f"Re: Как сменить адрес? (№ {head.number})"
    references = (first.message["Message-ID"].strip("<>"),)
    await given(hub, mail("Точно?", "r@home.example", subject=first.message["Subject"], references=references).as_bytes())
    await hub.room.anna_writes(head.id, "Точно.")
    assert (await office.hears("Точно.")).message["Subject"] == first.message["Subject"]


async def test_a_number_of_insurance_in_a_subject_is_not_kept(hub: Hub, office: PostOffice) -> None:
    # ST-04
    await given(hub, mail("Что дальше?", "q@home.example", subject="СНИЛС 112-233-445 95, справка").as_bytes())
    assert await subject(hub) == "СНИЛС ••••••••, справка"
