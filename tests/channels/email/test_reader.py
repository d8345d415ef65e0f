"""A letter that cannot be read is stored whole, and a person opens it; the letters behind it are read (F2)."""

from pathlib import Path

import pytest

from bots.russian import Russian
from channels.email import reader
from channels.email.mailbox_progress import STORED
from hub.conversations.conversation import Conversation, InQueue
from hub.conversations.message import Author, Message
from hub.intake.block import Effect
from hub.kernel.sandbox import Limits
from tests.channels.email.hub import Hub, hub_in
from tests.channels.email.sender import CITIZEN, OURS, mail
from tests.channels.email.test_smtp import given
from tests.peers.dovecot import PASSWORD, dovecot
from tests.peers.post_office import PostOffice
from tests.rig import eventually

BOMB = b"From: =?utf-8?b?0JzQsNGA0LjRjw==?= <maria@home.example>\r\nSubject: bomb\r\nMessage-ID: <bomb@home.example>\r\n\r\n" + b"a " * (18 << 20) + b"\r\n"
"""It needs more memory than it may have here."""
HEADLESS = b"\0" * (36 << 20)


@pytest.fixture(autouse=True)
def little_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "LIMITS", Limits(time_s=20.0, memory=130 << 20, kept_s=60.0))


async def waiting(hub: Hub, count: int) -> list[Conversation]:
    """What waits for a person."""
    found: list[Conversation] = []

    async def there() -> bool:
        found[:] = [head for head in await hub.store.recent() if isinstance(head.holder, InQueue)]
        return len(found) == count
    await eventually(there)
    return found


async def test_a_letter_that_breaks_the_limit_is_a_persons(tmp_path: Path, russian: Russian, office: PostOffice) -> None:
    await office.open()
    async with hub_in(tmp_path, russian, office.port, listen={}) as hub:
        assert [await given(hub, BOMB), await given(hub, BOMB)] == [250, 250]
        assert await given(hub, mail("Вопрос", "next@home.example", sender="ivan@home.example").as_bytes(), "ivan@home.example") == 250
        (head,) = [each for each in await waiting(hub, 2) if each.address.value == CITIZEN]
        assert head.citizen.name == "Мария"
        said = [r.entry for r in await hub.store.records(head.id, limit=100) if isinstance(r.entry, Message)]
        letter, note = said[:2]
        assert [letter.author, letter.text, [each.type for each in letter.attachments]] == [Author.CITIZEN, "", ["application/octet-stream"]]
        assert await hub.room.files.get(letter.attachments[0].file) == BOMB
        assert note.internal
        assert "не удалось прочесть: слишком много памяти" in note.text
        await hub.room.hand_to_anna(head.id)
        await hub.room.anna_writes(head.id, "Прочли")
        await office.hears("Прочли")


async def test_a_letter_without_a_readable_head_is_its_envelopes_sender(tmp_path: Path, russian: Russian, office: PostOffice) -> None:
    await office.open()
    async with hub_in(tmp_path, russian, office.port, listen={}) as hub:
        assert await given(hub, HEADLESS) == 250
        (head,) = await waiting(hub, 1)
        assert head.address.value == CITIZEN


async def test_a_blocked_sender_is_refused_before_his_letter_is_read(tmp_path: Path, russian: Russian, office: PostOffice) -> None:
    # By the envelope, whatever its From says; F2
    await office.open()
    async with hub_in(tmp_path, russian, office.port, listen={}) as hub:
        await hub.room.intake_filter.blocks.add("boss", "email", "spam@home.example", Effect.REFUSE, "спам", 7)
        assert await given(hub, BOMB, "spam@home.example") == 550
        assert await hub.said() == []


@pytest.mark.peers
async def test_a_fetched_letter_that_breaks_the_limit_is_handled_once(tmp_path: Path, russian: Russian, office: PostOffice) -> None:
    await office.open()
    (tmp_path / "password").write_text(PASSWORD)
    with dovecot() as boxes:
        box = {"host": "127.0.0.1", "port": boxes.imap, "user": OURS, "tls": "none", "password_file": str(tmp_path / "password")}
        boxes.put(OURS, [BOMB, HEADLESS, mail("Вопрос", "next@home.example")])
        async with hub_in(tmp_path, russian, office.port, mailboxes=[box]) as hub:
            heads = await waiting(hub, 3)
            assert len({head.address.value for head in heads}) == 2

            async def marked() -> bool:
                with boxes.opened(OURS) as client:
                    return len(client.search(["KEYWORD", STORED])) == 3
            await eventually(marked)
            assert sorted(await hub.said()) == ["", "", "Вопрос"]
