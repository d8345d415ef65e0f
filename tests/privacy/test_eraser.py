"""Conversations are erased: files, words and whose they were, once, and again after a restore (SE-03; 152-ФЗ ст. 5 ч. 7, ст. 21)."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from msgspec.structs import replace

from hub.actions.later_reply import LaterReply, Stopped
from hub.cases.case import Case, CaseKind, Subject
from hub.cases.registration import Draft
from hub.cases.state import Act
from hub.cases.transitions import apply
from hub.conversations.address import Address
from hub.conversations.attachments import Hold, Upload, key_of
from hub.conversations.delivery_status import Bookmark, Delivery, Receipt
from hub.conversations.identities import Code, How, Identity, Membership, Proof, memberships, without
from hub.conversations.journal import Erased, ErasureCause
from hub.conversations.message import Attachment, Author, Message
from hub.conversations.ports import Store, Stored
from hub.kernel.errors import RefusedError, StoreError
from hub.monitoring.trunk import RefusedCall
from hub.notifications.notice import Ground
from hub.privacy.erased_conversation import Erasure
from hub.privacy.eraser import MARK, Eraser
from hub.telephony.ports import RecordedTalk
from storage.erasure_register import ErasureFile, ErasureList
from tests.cases.case_rig import cases_of
from tests.rig import ANNA, BOSS, Clock, Drawer, Rig, eventually

AT = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def drawer() -> Drawer:
    return Drawer()


@pytest.fixture
def register(tmp_path: Path) -> ErasureFile:
    return ErasureFile(tmp_path / "erasures")


@pytest.fixture
async def house(store: Store, clock: Clock, drawer: Drawer) -> AsyncIterator[Rig]:
    rig = await Rig(store, clock, files=drawer).start()
    yield rig
    await rig.stop()


@pytest.fixture
def eraser(house: Rig, drawer: Drawer, register: ErasureFile) -> Eraser:
    return Eraser(house.sequencer, house.store, drawer, register)


async def over(rig: Rig, *, who: str = "citizen", channel: str = "web.chat", texts: Sequence[str] = ("Живу на Заречной",),
               attachments: tuple[Attachment, ...] = ()) -> int:
    """A conversation that is closed."""
    rig.ready(ANNA)
    number = 0
    for at, text in enumerate(texts):
        stored = await rig.say(text, f"k{at}", who=who, channel=channel, attachments=attachments)
        assert isinstance(stored, Stored)
        number = stored.conversation
        await rig.settled()
    for attachment in attachments:
        await rig.store.put(Upload(key_of(number, attachment.file), attachment))
    await rig.waiting(who=who, channel=channel)
    await rig.actions.take(ANNA, number)
    if (await rig.holds(number)).promise is not None:
        await rig.actions.say(ANNA, number, "answer", "Ответили", internal=False)
    await rig.actions.close(ANNA, number, "other")
    await rig.settled()
    return number


async def file_of(drawer: Drawer, content: bytes = b"scan") -> Attachment:
    return Attachment(await drawer.put(content), "passport.png", "image/png", len(content))


async def test_nothing_personal_is_left_of_what_was_erased(house: Rig, eraser: Eraser, drawer: Drawer) -> None:
    # SE-03
    scan = await file_of(drawer)
    number = await over(house, attachments=(scan,))
    live = await house.sequencer.load(number)
    await house.sequencer.committed_step(live, (Message(Author.CITIZEN, "Ещё письмо", AT, cc=("petr@home.example",)),), head=replace(live.head, subject="Паспорт Ивана"))
    before = [(type(each.entry), each.entry.at) for each in await house.store.records(number, limit=100)]
    await house.store.put(LaterReply(number, "anna", AT, 1, "later", "Вышлем на Заречную", stopped=Stopped.MOVED))
    assert await eraser.erase([number], ErasureCause.DEMAND, "boss") == 1
    assert await house.store.all(LaterReply) == []
    records = await house.store.records(number, limit=100)
    assert [(type(each.entry), each.entry.at) for each in records[:-1]] == before
    assert records[-1].entry == Erased(house.clock.now, ErasureCause.DEMAND, "boss")
    assert all((m.text, m.name, m.key, m.cc, m.attachments, m.choices) == ("", "", "", (), (), ())
               for each in records if isinstance(m := each.entry, Message))
    head = await house.holds(number)
    assert (head.address.value, head.citizen.name, head.subject, head.place, head.served_by, head.erased) == ("", "", "", None, "anna", house.clock.now)
    assert await drawer.get(scan.file) is None
    assert await house.store.all(Upload) == []
    audit_entry = (await house.store.audit_entries())[0][1]
    assert (audit_entry.by, audit_entry.what, audit_entry.about, audit_entry.detail) == ("boss", "erased", str(number), "demand")
    assert await eraser.erase([number], ErasureCause.DEMAND, "boss") == 0
    assert len([each for each in await house.store.records(number, limit=100) if isinstance(each.entry, Erased)]) == 1


async def test_whoever_comes_back_begins_anew_and_nothing_of_his_is_lost(house: Rig, eraser: Eraser) -> None:
    # SE-03, CH-06
    number = await over(house)
    assert house.screen.shown
    house.screen.shown.clear()
    await eraser.erase([number], ErasureCause.TERM)
    assert [type(each.entry) for each in house.screen.shown] == []
    again = await house.stored("Я снова здесь", "k0")
    assert again != number
    await house.settled()
    assert await house.said(again, Author.CITIZEN) == ["Я снова здесь"]
    assert await house.said(number, Author.CITIZEN) == ["", ""]


@pytest.mark.parametrize("turns", range(0, 24, 2))
async def test_a_message_that_comes_meanwhile_is_not_lost(house: Rig, eraser: Eraser, turns: int) -> None:
    # SE-03, CH-06: it opens another conversation, or this one goes on and is not erased
    number = await over(house)
    house.clock.forward(1)
    erased = asyncio.ensure_future(eraser.erase([number], ErasureCause.TERM))
    for _ in range(turns):
        await asyncio.sleep(0)
    outcome = await house.say("Ещё вопрос", "k9")
    assert isinstance(outcome, Stored)
    assert await erased == (outcome.conversation != number)
    await house.settled()
    assert (await house.said(outcome.conversation, Author.CITIZEN))[-1] == "Ещё вопрос"
    assert (await house.holds(outcome.conversation)).erased is None


async def test_what_is_open_or_held_back_or_unknown_is_not_erased(house: Rig, eraser: Eraser) -> None:
    # SE-03, SE-04
    held, waits = await over(house), await house.waiting(who="other")
    await house.store.put(Hold(str(held), AT, "boss", "жалоба"))
    for number, why in ((held, "held_back"), (waits, "still_open"), (1, "no_such_conversation")):
        with pytest.raises(RefusedError) as refusal:
            await eraser.check(number)
        assert refusal.value.code == why
    assert await eraser.erase([held, waits, 1], ErasureCause.TERM) == 0
    assert await house.said(held, Author.CITIZEN) == ["Живу на Заречной", "оператор"]
    await house.store.drop(Hold, str(held))
    assert await eraser.erase([held, waits, 1], ErasureCause.TERM) == 1


async def test_nothing_is_added_to_what_was_erased(house: Rig, eraser: Eraser, tmp_path: Path) -> None:
    # SE-03: neither a note, nor what a carrier or an exchange tells late
    number = await over(house, who="+79161234567", channel="sms.test")
    said = next(each for each in await house.store.records(number, limit=100)
                if isinstance(each.entry, Message) and each.entry.author is not Author.CITIZEN)
    await eraser.erase([number], ErasureCause.TERM)
    last = (await house.holds(number)).last
    with pytest.raises(RefusedError) as refusal:
        await house.actions.say(BOSS, number, "k", "Звонил на +79161234567", internal=True)
    assert refusal.value.code in {"erased", "forbidden"}
    await house.deliveries.delivered(Receipt(number, said.id, Delivery.READ, "+79161234567"))
    sound = tmp_path / "1.flac"
    sound.write_text("sound")
    await house.recordings.keep(RecordedTalk(number, "1", AT, 61, sound, "audio/flac"))
    assert (await house.holds(number)).last == last
    assert await house.store.all(Upload) == []


async def test_a_file_that_another_conversation_has_stays(house: Rig, eraser: Eraser, drawer: Drawer) -> None:
    # SE-03, SE-04
    form = await file_of(drawer)
    number = await over(house, attachments=(form,))
    other = await over(house, who="other", attachments=(form,))
    await eraser.erase([number], ErasureCause.TERM)
    assert await drawer.get(form.file) == b"scan"
    assert [each.key for each in await house.store.all(Upload)] == [key_of(other, form.file)]
    await eraser.erase([other], ErasureCause.TERM)
    assert await drawer.get(form.file) is None


async def test_an_address_leaves_its_identity_with_its_last_conversation(house: Rig, eraser: Eraser) -> None:
    # SE-03, CH-16
    first = await over(house, who="+79161234567", channel="sms.test")
    identity = Identity("1", (Proof("web.chat:a", "sms.test:+79161234567", AT, "anna", How.TYPED),
                              Proof("sms.test:+79161234567", "email.imap:a@b.ru", AT, "olga", How.TYPED)))
    await house.store.exchange((identity, *memberships((identity,)), Code("sms.test:+79161234567", 1, "anna", "", AT, 0, ())), ())
    await eraser.erase([first], ErasureCause.DEMAND, "boss")
    (left,) = await house.store.all(Identity)
    assert left.addresses == ("web.chat:a", "email.imap:a@b.ru")
    assert {each.address for each in await house.store.all(Membership)} == set(left.addresses)
    assert await house.store.all(Code) == []


async def test_calls_that_were_not_answered_go_with_the_last_conversation_of_their_number(house: Rig, eraser: Eraser) -> None:
    # SE-03, CH-19
    number = await over(house, who="+79160000001", channel="voice.asterisk")
    calls = [RefusedCall(f"a1-1.{at}", AT, "a1/trunk", "88001002030", f"+7916000000{at}", 17) for at in (1, 2)]
    for call in calls:
        await house.store.put(call)
    assert await eraser.erase([number], ErasureCause.DEMAND) == 1
    assert await house.store.all(RefusedCall) == calls[1:]


def test_of_two_addresses_one_is_nobodys_identity() -> None:
    # CH-16
    proofs = tuple(Proof("a:hub", f"b:{end}", AT, "anna", How.TYPED) for end in "123")
    left = without(Identity("1", proofs), "a:hub")
    assert left is not None
    assert set(left.addresses) == {"b:1", "b:2", "b:3"}
    assert len(left.proofs) == 2
    assert without(Identity("1", proofs[:1]), "b:1") is None
    assert without(Identity("1", proofs), "b:2") == Identity("1", (proofs[0], proofs[2]))


async def test_notices_go_with_their_conversation(house: Rig, eraser: Eraser) -> None:
    # SE-03, CH-15
    house.clock.now = house.clock.now.replace(hour=12)
    number = await over(house, who="+79161234567", channel="sms.test")
    await house.notification_sender.notify(BOSS.login, "ready/1", Address("sms.test", "+79161234567"), "Пётр, паспорт готов", Ground.REQUEST)
    house.notification_sender.look()

    async def told() -> bool:
        return "Пётр, паспорт готов" in await house.said(number)
    await eventually(told)
    await eraser.erase([number], ErasureCause.TERM)
    with pytest.raises(RefusedError):
        house.notification_sender.find("ready/1")
    assert "Пётр, паспорт готов" not in await house.said(number)


class TornError(OSError):
    """The disk fails."""


class TornDrawer(Drawer):
    """Fails once, on the way."""

    fails = True

    async def drop(self, file: str) -> None:
        if self.fails:
            raise TornError
        await super().drop(file)


async def test_what_was_cut_off_is_done_by_the_next_start(house: Rig, register: ErasureFile, drawer: Drawer) -> None:
    # SE-03, CH-06
    torn = TornDrawer()
    scan = await file_of(torn)
    first, second = await over(house), await over(house, who="other", attachments=(scan,))
    cut = Eraser(house.sequencer, house.store, torn, register)
    with pytest.raises(TornError):
        await cut.erase([first, second], ErasureCause.DEMAND, "boss")
    assert (await house.holds(first)).erased is not None
    assert (await house.holds(second)).erased is None
    torn.fails = False
    assert await Eraser(house.sequencer, house.store, torn, register).start() == 1
    assert (await house.holds(second)).erased is not None
    assert await torn.get(scan.file) is None
    assert await Eraser(house.sequencer, house.store, torn, register).start() == 0


async def test_what_a_backup_brings_back_is_erased_again(house: Rig, eraser: Eraser, register: ErasureFile) -> None:
    # SE-03: the register knows what the store has forgotten, also of what was open when the backup was made
    number = await over(house)
    waits = await house.waiting(who="other")
    house.clock.forward(1)
    later = house.clock.now
    register.add([Erasure(each, later, ErasureCause.DEMAND, "boss") for each in (number, waits, 17)])
    assert await eraser.start() == 2
    assert [(await house.holds(each)).erased for each in (number, waits)] == [later, later]
    assert await house.said(waits, Author.CITIZEN) == [""]
    mark = await house.store.get(Bookmark, MARK)
    assert mark is not None
    assert mark.value == "3"


def erasures(*numbers: int) -> list[Erasure]:
    return [Erasure(number, AT, ErasureCause.TERM) for number in numbers]


def test_the_register_survives_a_torn_line_and_is_copied(tmp_path: Path) -> None:
    # SE-03
    (tmp_path / "copies").mkdir()
    register = ErasureFile(tmp_path / "erasures", tmp_path / "copies")
    register.add(erasures(1, 2))
    with (tmp_path / "erasures").open("ab") as file:
        file.write(b'{"conversation":3')
    assert register.after(0) == erasures(1, 2)
    register.add(erasures(4))
    assert register.after(1) == erasures(2, 4)
    assert ErasureFile(tmp_path / "copies" / "erasures").after(0) == erasures(1, 2, 4)


async def test_an_erasure_that_is_not_stored_changes_nothing(house: Rig, eraser: Eraser) -> None:
    # CH-06
    number = await over(house)
    live = await house.sequencer.load(number)
    live.head = replace(live.head, last=7)  # as if somebody else had moved it on
    with pytest.raises(StoreError):
        await eraser.erase([number], ErasureCause.TERM)
    assert await house.said(number, Author.CITIZEN) == ["Живу на Заречной", "оператор"]
    assert (await house.holds(number)).erased is None
    live.broken = True  # as after a step that was refused: it is read anew
    assert await eraser.start() == 1
    assert await house.said(number, Author.CITIZEN) == ["", ""]


def test_a_register_of_a_store_that_forgets() -> None:
    register = ErasureList()
    register.add(erasures(1, 2))
    assert register.after(1) == erasures(2)


async def test_what_was_registered_in_it_goes_on_demand_and_again_after_a_restore(house: Rig, eraser: Eraser, register: ErasureFile,
                                                                                drawer: Drawer) -> None:
    # SE-03: also where the conversation itself has gone before; one with which something was done since stays
    cases = cases_of(house)
    await cases.topic_tree.start()
    house.ready(ANNA)
    number = await house.waiting(who="citizen", channel="web.chat")
    await house.actions.take(ANNA, number)
    first, second = [(await cases.case_registration.register(ANNA, number, Draft(key, CaseKind.REQUEST, "other", "Живу на Заречной", Subject())))[0]
                     for key in "ab"]
    await house.actions.close(ANNA, number, "other")
    with pytest.raises(RefusedError) as refused:
        await eraser.check(number)
    assert (refused.value.code, first.number in refused.value.text) == ("still_open", True)
    for each in (first, second):
        await cases.work.act(ANNA, each.number, Act.TAKE)
        await cases.work.act(ANNA, each.number, Act.ANSWER, why="Готов")
    answered = await house.store.get(Case, first.number)
    assert answered is not None
    assert await eraser.erase([number], ErasureCause.TERM) == 1
    assert (await cases.work.find(ANNA, first.number)).text == "Живу на Заречной"
    house.clock.forward(60)
    await eraser.erase([number], ErasureCause.DEMAND, "boss")
    assert [(await cases.work.find(ANNA, each.number)).text for each in (first, second)] == ["", ""]
    house.clock.forward(60)
    await house.store.put(answered)  # a backup brings it back
    await house.store.put(Bookmark(MARK, "0"))
    await Eraser(house.sequencer, house.store, drawer, register).start()
    assert (await cases.work.find(ANNA, first.number)).text == ""
    await house.store.put(apply(answered, house.clock(), "anna", Act.REOPEN, why="ещё"))
    await house.store.put(Bookmark(MARK, "0"))
    await Eraser(house.sequencer, house.store, drawer, register).start()
    assert (await cases.work.find(ANNA, first.number)).text == "Живу на Заречной"
