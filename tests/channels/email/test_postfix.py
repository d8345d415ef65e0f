"""A citizen at a real Postfix: his mail, the answer, his reply, and what Postfix does when something breaks."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from bots.russian import Russian
from channels.email import threads
from hub.conversations.delivery_status import Delivery
from hub.conversations.journal import Carried
from hub.monitoring.channel_check import CheckResult
from tests.channels.email.hub import KEY, Hub, hub_in
from tests.channels.email.sender import DOMAIN, OURS, mail
from tests.channels.room import ValvedMemory, ValvedSqlite, ValvedStore
from tests.peers.ports import free_ports
from tests.peers.postfix import Postfix, postfix
from tests.rig import eventually
from tests.trials import findings, wrong

pytestmark = pytest.mark.peers

USERS = tuple(f"user{n}" for n in range(10))
_users = iter(USERS)
_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def server() -> Iterator[Postfix]:
    with postfix(*USERS, "иван") as running:
        yield running


@pytest.fixture
def user() -> str:
    return next(_users)


def hub_of(server: Postfix, folder: Path, russian: Russian, kind: type[ValvedStore] = ValvedMemory) -> Any:
    return hub_in(folder, russian, server.smtp, kind=kind, listen={"port": server.hub})


@pytest.fixture
async def hub(server: Postfix, tmp_path: Path, russian: Russian) -> AsyncIterator[Hub]:
    async with hub_of(server, tmp_path, russian) as hub:
        yield hub


def letter(user: str, text: str, **more: Any) -> EmailMessage:
    return mail(text, f"{next(_numbers)}.{user}@home.example", sender=f"{user}@home.example", **more)


async def arrived(server: Postfix, user: str, count: int) -> EmailMessage:
    """Wait for so many mails; the last of them."""
    async def there() -> bool:
        return len(server.mailbox(user)) >= count
    await eventually(there)
    return server.mailbox(user)[count - 1]


async def head_of(hub: Hub) -> int:
    heads = await hub.store.recent()
    assert len(heads) == 1
    return heads[0].id


@pytest.mark.smoke
async def test_a_correspondence_is_one_conversation(server: Postfix, hub: Hub, user: str) -> None:
    # CH-05
    question = letter(user, "Как получить загранпаспорт?", subject="Загранпаспорт")
    await asyncio.to_thread(server.give, question, OURS)
    await hub.holds("Загранпаспорт\n\nКак получить загранпаспорт?")
    conversation = await head_of(hub)
    await hub.room.hand_to_anna(conversation)
    before = len(server.mailbox(user))
    await hub.room.anna_writes(conversation, "Нужны паспорт и фотография.")

    async def answered() -> bool:
        return any("Нужны паспорт" in body(each) for each in server.mailbox(user))
    await eventually(answered)
    answer = next(each for each in server.mailbox(user) if "Нужны паспорт" in body(each))
    assert len(server.mailbox(user)) > before
    assert answer["Subject"] == "Re: Загранпаспорт"
    assert question["Message-ID"] in answer["References"]
    assert answer["Reply-To"].addresses[0].username.startswith("ask+")
    reply = letter(user, "А сколько стоит?", subject=answer["Subject"])  # a program that gives no references at all
    await asyncio.to_thread(server.give, reply, answer["Reply-To"].addresses[0].addr_spec)
    by_reference = letter(user, "И как долго?", references=(answer["Message-ID"].strip("<>"),))
    await asyncio.to_thread(server.give, by_reference, OURS)
    other = letter(user, "Совсем другое дело")
    await asyncio.to_thread(server.give, other, OURS)
    await hub.holds("Загранпаспорт\n\nКак получить загранпаспорт?", "А сколько стоит?", "И как долго?", "Совсем другое дело")
    assert sorted(await hub.room.said(conversation)) == sorted(
        ["Загранпаспорт\n\nКак получить загранпаспорт?", "А сколько стоит?", "И как долго?"])


def body(message: EmailMessage) -> str:
    part = message.get_body(("plain",))
    return part.get_content() if part else ""


async def test_a_citizen_with_a_cyrillic_address_is_answered(server: Postfix, hub: Hub) -> None:
    # CH-05: RFC 6531, 6532
    question = mail("Как получить загранпаспорт?", "1@дом.example", sender="иван@home.example", subject="Загранпаспорт")
    await asyncio.to_thread(server.give, question, OURS)
    await hub.holds("Загранпаспорт\n\nКак получить загранпаспорт?")
    await hub.room.hand_to_anna(await head_of(hub))
    await hub.room.anna_writes(await head_of(hub), "Нужны паспорт и фотография.")

    async def answered() -> bool:
        return any("Нужны паспорт" in body(each) and "1@дом.example" in each["References"] for each in server.mailbox("иван"))
    await eventually(answered)


async def test_a_letter_to_ourselves_goes_around_and_is_nobodys_message(server: Postfix, hub: Hub, user: str) -> None:
    # CH-05: the trial of the channel
    found = await findings(hub.mail)
    assert [each.state for each in found] == [CheckResult.GOOD] * 3
    assert "письмо самому себе вернулось за" in found[-1].words
    late = letter(user, "опоздало")
    late.replace_header("Message-ID", f"<{threads.trial_id(KEY.encode(), '0' * 16, DOMAIN)}>")
    await asyncio.to_thread(server.give, late, OURS)
    forged = letter(user, "подделка")
    forged.replace_header("Message-ID", f"<{threads.trial_id(b'other', '0' * 16, DOMAIN)}>")
    await asyncio.to_thread(server.give, forged, OURS)
    await hub.holds("подделка")


async def test_a_letter_that_is_not_let_out_is_told(server: Postfix, tmp_path: Path, russian: Russian) -> None:
    # CH-05
    async with hub_in(tmp_path, russian, free_ports(1)[0], listen={"port": server.hub}) as hub:
        said = await wrong(hub.mail)
        assert said.count("нет связи") == 2
        assert KEY not in said


async def test_what_a_full_store_puts_off_comes_again(server: Postfix, hub: Hub, user: str) -> None:
    hub.store.full = True
    await asyncio.to_thread(server.give, letter(user, "подождёт"), OURS)

    async def deferred() -> bool:
        return "451 4.3.0" in server.log()
    await eventually(deferred)
    hub.store.open()
    await hub.holds("подождёт")


@pytest.mark.smoke
async def test_a_hub_killed_between_the_commit_and_250_gets_it_again_and_stores_it_once(
    server: Postfix, tmp_path: Path, russian: Russian, user: str,
) -> None:
    async with hub_of(server, tmp_path, russian, ValvedSqlite) as killed:
        killed.store.hushed = True
        await asyncio.to_thread(server.give, letter(user, "один раз"), OURS)
        await killed.store.reached.wait()
    async with hub_of(server, tmp_path, russian, ValvedSqlite) as hub:
        await asyncio.to_thread(server.give, letter(user, "второе"), OURS)
        await hub.holds("один раз", "второе")

        async def taken_again() -> bool:
            return not any(file.is_file() for state in ("incoming", "active", "deferred") for file in (server.base / "queue" / state).rglob("*"))
        await eventually(taken_again)
        await hub.holds("один раз", "второе")


async def test_what_was_sent_while_the_hub_was_away_comes_when_it_is_back(server: Postfix, tmp_path: Path, russian: Russian, user: str) -> None:
    await asyncio.to_thread(server.give, letter(user, "до открытия"), OURS)
    async with hub_of(server, tmp_path, russian) as hub:
        await hub.holds("до открытия")


async def test_an_address_that_is_none_is_reported_and_shown_as_failed(server: Postfix, hub: Hub) -> None:
    # CH-05: RFC 3464
    gone = mail("Ответьте мне", "gone@home.example", sender="ivan.gone@home.example")
    await asyncio.to_thread(server.give, gone, OURS)
    await hub.holds("Ответьте мне")
    conversation = await head_of(hub)
    await hub.room.hand_to_anna(conversation)
    await hub.room.anna_writes(conversation, "Отвечаем.")

    async def told() -> bool:
        return len(await failures(hub)) > 0
    await eventually(told)
    failed = (await failures(hub))[-1]
    assert failed.state is Delivery.FAILED
    assert "такого адреса нет" in failed.why
    assert len(await hub.store.recent()) == 1  # the report has begun no conversation


async def failures(hub: Hub) -> list[Carried]:
    return [record.entry for record in await hub.records() if isinstance(record.entry, Carried)]
