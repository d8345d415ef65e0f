"""Several people in one correspondence: who else has a letter, who gets a copy of the answer, and whose answer belongs to it."""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from bots.russian import Russian
from channels.email.mail import NAME
from hub.conversations.address import Address
from hub.conversations.conversation import Conversation
from hub.conversations.delivery_status import Delivery
from hub.conversations.journal import Carried
from hub.conversations.message import Author, Message
from tests.channels.email.hub import Hub, hub_in
from tests.channels.email.sender import CITIZEN, OURS, mail
from tests.channels.email.test_sender import REPORT
from tests.channels.email.test_smtp import given
from tests.peers.post_office import PostOffice, Taken
from tests.rig import eventually

SON, LAWYER = "petr@home.example", "law@office.example"


@pytest.fixture
async def hub(tmp_path: Path, russian: Russian, office: PostOffice) -> AsyncIterator[Hub]:
    await office.open()
    async with hub_in(tmp_path, russian, office.port, listen={}) as hub:
        yield hub


async def asked(hub: Hub, office: PostOffice, **headers: str) -> Conversation:
    """A conversation in which Anna may write, after the robot's answer."""
    await given(hub, mail("Нужна справка", "q@home.example", **headers).as_bytes())
    head = (await hub.store.with_addresses([Address(NAME, CITIZEN)]))[0]
    await office.gets(lambda taken: taken.message["Auto-Submitted"])
    await hub.room.hand_to_anna(head.id)
    return head


async def written(hub: Hub, conversation: int) -> list[Message]:
    """What the citizen's side has written."""
    return [r.entry for r in await hub.store.records(conversation, limit=100) if isinstance(r.entry, Message) and r.entry.author is Author.CITIZEN]


async def answers(hub: Hub, office: PostOffice, conversation: int, text: str, cc: Sequence[str]) -> Taken:
    live = await hub.room.sequencer.load(conversation)
    said = Message(Author.OPERATOR, text, hub.room.sequencer.now(), by="anna", cc=hub.mail.copied(cc, live.head.address.value))
    await hub.room.sequencer.committed_step(live, (said,))
    return await office.hears(text)


async def test_all_that_a_letter_names_are_kept_but_for_its_author_and_us(hub: Hub, office: PostOffice) -> None:
    # CH-05
    conversation = await asked(hub, office, Cc=f"Сын <{SON}>, {SON.upper()}, Maria@Home.Example, ask+old@centre.example, {OURS}, {LAWYER}")
    assert [message.cc for message in await written(hub, conversation.id)] == [(SON, LAWYER)]


async def test_an_answer_goes_to_all_that_it_names_and_the_robots_to_the_citizen_alone(hub: Hub, office: PostOffice) -> None:
    # CH-05
    conversation = await asked(hub, office, Cc=f"{SON}, {LAWYER}")
    robot = office.taken[0]
    assert (robot.recipients, robot.message["Cc"]) == ([CITIZEN], None)
    sent = await answers(hub, office, conversation.id, "Готово.", (SON, "иван@home.example", CITIZEN, OURS))
    assert sent.recipients == [CITIZEN, SON, "иван@home.example"]
    assert sent.message["To"] == CITIZEN
    assert sent.message["Cc"] == f"{SON}, иван@home.example"


async def test_who_got_a_copy_answers_in_the_same_conversation_and_nobody_else_does(hub: Hub, office: PostOffice) -> None:
    # CH-05
    conversation = await asked(hub, office, Cc=SON)
    sent = await answers(hub, office, conversation.id, "Готово.", (SON,))
    ours = (sent.message["Message-ID"].strip("<>"),)
    reply = mail("Спасибо за маму", "p@home.example", sender=f"Пётр <{SON}>", references=ours, Cc=CITIZEN)
    await given(hub, reply.as_bytes(), sender=SON, recipients=(sent.sender,))
    stranger = mail("Покажите и мне", "s@evil.example", sender=LAWYER, references=ours)
    await given(hub, stranger.as_bytes(), sender=LAWYER, recipients=(sent.sender,))
    await hub.holds("Нужна справка", "Спасибо за маму", "Покажите и мне")
    first, second = await written(hub, conversation.id)
    assert (first.name, first.cc) == ("", (SON,))
    assert (second.text, second.name, second.cc) == ("Спасибо за маму", f"Пётр <{SON}>", (SON,))


async def test_a_code_has_no_copies(hub: Hub, office: PostOffice) -> None:
    # ST-04
    conversation = await asked(hub, office)
    live, now = await hub.room.sequencer.load(conversation.id), hub.room.sequencer.now()
    code = Message(Author.SYSTEM, "Ваш код: 1234", now, veiled=True)
    await hub.room.sequencer.committed_step(live, (Message(Author.OPERATOR, "Высылаю код.", now, by="anna", cc=(SON,)), code))
    assert (await office.hears("1234")).recipients == [CITIZEN]


async def test_a_refused_copy_sends_nothing_to_anybody_and_is_told(hub: Hub, office: PostOffice) -> None:
    # CH-05
    conversation = await asked(hub, office)
    office.refusals["RCPT"] = ["250 OK", "550 5.1.1 no such user"]
    live = await hub.room.sequencer.load(conversation.id)
    await hub.room.sequencer.committed_step(live, (Message(Author.OPERATOR, "Готово.", hub.room.sequencer.now(), by="anna", cc=(SON,)),))
    why = f"Адрес копии {SON} не принят почтовым сервером: 550 5.1.1 no such user"
    await eventually(lambda: _told(hub, (Delivery.FAILED, why)))
    assert (await answers(hub, office, conversation.id, "Теперь без копии.", ())).recipients == [CITIZEN]


async def test_a_copy_that_comes_back_is_told_as_one_and_its_receipt_is_not_the_citizens(hub: Hub, office: PostOffice) -> None:
    # CH-05
    conversation = await asked(hub, office)
    sent = await answers(hub, office, conversation.id, "Готово.", (SON,))
    report = REPORT.format(to=sent.sender, original=sent.message["Message-ID"].strip("<>")).replace("maria@home.example", SON)
    await given(hub, report.replace("Action: failed", "Action: delivered").replace("5.1.1", "2.0.0").encode(), sender="", recipients=(sent.sender,))
    await given(hub, report.encode(), sender="", recipients=(sent.sender,))
    await eventually(lambda: _told(hub, (Delivery.FAILED, f"копия для {SON}: не доставлено: такого адреса нет (5.1.1)")))


async def _told(hub: Hub, *wanted: tuple[Delivery, str]) -> bool:
    """Whether these are all reports."""
    return tuple((r.entry.state, r.entry.why) for r in await hub.records() if isinstance(r.entry, Carried)) == wanted
