"""Replies to citizens, and what becomes of them, against node-smpp."""

import asyncio
import gc
from datetime import UTC, datetime, timedelta

import pytest

from channels.sms.parts import measure
from channels.sms.pdu import Command
from channels.sms.routes import RateLimiter
from hub.conversations.delivery_status import Delivery, Ticket
from hub.conversations.message import Author, Message
from tests.channels.sms.phone import joined
from tests.channels.sms.wires import Started, Wires
from tests.rig import eventually

LONG = "Ваше заявление принято. Срок рассмотрения — 30 дней 👍. " * 4
DELIVERED, FAILED = Delivery.DELIVERED, Delivery.FAILED
UNDELIVERED = "не доставлено: номер не принимает сообщения"


async def receipt(hub: Started, text: str = "", key: str = "receipt", **pdu: object) -> None:
    """The SMSC tells what became of a message, and is acknowledged."""
    hub.deliver(key, esm_class=4, short_message=text, **pdu)
    await hub.acknowledged(key)


@pytest.mark.peers
@pytest.mark.parametrize("joining", ["udh8", "udh16", "sar", "payload"])
async def test_a_long_reply_is_what_was_measured_and_comes_whole(wires: Wires, joining: str) -> None:
    # CH-05
    async with wires.started(joining=joining) as hub:
        conversation = await hub.talks()
        cost = hub.channel.measure(LONG, 0)
        await hub.room.anna_writes(conversation, LONG)
        submits = await hub.hears(LONG)
        assert len(submits) == (1 if joining == "payload" else cost.parts)
        assert cost == measure(LONG, hub.channel._settings.joining)
        assert {(s["source"], s["destination"], s["destination_ton"], s["receipt"]) for s in submits} == {("7788", "79161234567", 1, 1)}
        assert all(submit["reference"] for submit in submits)


@pytest.mark.smoke
@pytest.mark.peers
@pytest.mark.parametrize(("told", "more"), [
    ("id:{id} sub:001 dlvrd:001 submit date:2601010900 done date:2601010901 stat:DELIVRD err:000 text:hi", False),
    ("id:{decimal} sub:001 dlvrd:001 submit date:2601010900 done date:2601010901 stat:DELIVRD err:000 text:hi", False),
    ("id:{upper} stat:DELIVRD", False), ("", True), ("id:{decimal} stat:DELIVRD err:000", True)])
async def test_a_receipt_in_any_form_is_the_delivery_of_the_message(wires: Wires, told: str, more: bool) -> None:
    async with wires.started() as hub:
        conversation = await hub.talks()
        hub.smsc.tell("from", count=0x1A2B)
        await hub.room.anna_writes(conversation, "Готово")
        [submit] = await hub.hears("Готово")
        await hub.settled()
        text = told.format(id=submit["id"], decimal=int(submit["id"], 16), upper=submit["id"].lstrip("0").upper())
        await receipt(hub, text, **({"receipted_message_id": submit["id"], "message_state": 2} if more else {}))
        await hub.becomes(conversation, ("Готово", DELIVERED, ""))
        await receipt(hub, text, "again")
        assert len(await hub.fates(conversation)) == 1


@pytest.mark.peers
async def test_a_message_is_delivered_when_all_its_parts_are(wires: Wires) -> None:
    async with wires.started() as hub:
        conversation = await hub.talks()
        await hub.room.anna_writes(conversation, LONG)
        submits = await hub.hears(LONG)
        await hub.settled()
        for n, submit in enumerate(submits):
            assert await hub.fates(conversation) == []
            await receipt(hub, f"id:{submit['id']} stat:DELIVRD", f"receipt {n}")
        await hub.becomes(conversation, (LONG, DELIVERED, ""))

        async def none_left() -> bool:
            return not [ticket for ticket in await hub.room.store.all(Ticket) if ticket.conversation == conversation and LONG[:5] in ticket.key]
        await eventually(none_left)


@pytest.mark.peers
async def test_a_message_has_failed_when_one_of_its_parts_has_and_no_other_undoes_it(wires: Wires) -> None:
    async with wires.started() as hub:
        conversation = await hub.talks()
        await hub.room.anna_writes(conversation, LONG)
        submits = await hub.hears(LONG)
        await hub.settled()
        await receipt(hub, f"id:{submits[0]['id']} stat:UNDELIV err:027", "bad")
        for n, submit in enumerate(submits[1:]):
            await receipt(hub, f"id:{submit['id']} stat:DELIVRD", f"good {n}")
        assert await hub.fates(conversation) == [(LONG, FAILED, UNDELIVERED + " (код 027)")]


@pytest.mark.peers
async def test_a_receipt_that_overtakes_the_answer_is_not_lost(wires: Wires) -> None:
    async with wires.started() as hub:
        conversation = await hub.talks()
        hub.smsc.tell("early", text="id:ID stat:DELIVRD err:000")
        await hub.room.anna_writes(conversation, "Быстро")
        await hub.acknowledged("early")
        await hub.becomes(conversation, ("Быстро", DELIVERED, ""))


@pytest.mark.smoke
@pytest.mark.peers
async def test_a_receipt_after_a_restart_finds_its_message(wires: Wires) -> None:
    async with wires.started() as hub:
        conversation = await hub.talks()
        await hub.room.anna_writes(conversation, "Готово")
        [submit] = await hub.hears("Готово")
        await hub.settled()
    async with wires.started() as hub:
        await receipt(hub, f"id:{submit['id']} stat:DELIVRD")
        await hub.becomes(conversation, ("Готово", DELIVERED, ""))


@pytest.mark.peers
async def test_receipts_of_nobodys_messages_and_those_on_the_way_are_acknowledged_and_change_nothing(wires: Wires) -> None:
    async with wires.started() as hub:
        conversation = await hub.talks()
        await hub.room.anna_writes(conversation, "Готово")
        [submit] = await hub.hears("Готово")
        await hub.settled()
        await receipt(hub, "id:ffffff stat:DELIVRD", "unknown")
        await receipt(hub, "nothing at all", "nothing")
        await receipt(hub, f"id:{submit['id']} stat:ENROUTE", "enroute")
        assert await hub.fates(conversation) == []


@pytest.mark.peers
async def test_an_id_in_another_writing_counts_for_its_own_number_only(wires: Wires) -> None:
    async with wires.started() as hub:
        conversation = await hub.talks()
        hub.smsc.tell("from", count=0x1A2B)
        await hub.room.anna_writes(conversation, "Готово")
        [submit] = await hub.hears("Готово")
        await hub.settled()
        text = f"id:{int(submit['id'], 16)} stat:UNDELIV"
        await receipt(hub, text, "another's", source_addr="79030000000")
        assert await hub.fates(conversation) == []
        await receipt(hub, text, "ours")
        assert await hub.fates(conversation) == [("Готово", FAILED, UNDELIVERED)]


@pytest.mark.peers
async def test_what_was_said_at_once_is_one_sms_and_one_receipt_is_for_all_of_it(wires: Wires) -> None:
    async with wires.started() as hub:
        conversation = await hub.talks()
        live = await hub.room.sequencer.load(conversation)
        now = hub.room.sequencer.now()
        await hub.room.sequencer.committed_step(live, tuple(Message(Author.OPERATOR, text, now, by="anna") for text in ("Первое.", "Второе.")))
        [submit] = await hub.hears("Первое.\nВторое.")
        await hub.settled()
        await receipt(hub, f"id:{submit['id']} stat:DELIVRD")
        await hub.becomes(conversation, ("Первое.", DELIVERED, ""), ("Второе.", DELIVERED, ""))


@pytest.mark.peers
async def test_a_throttled_message_is_submitted_again_until_it_is_taken(wires: Wires) -> None:
    async with wires.started() as hub:
        conversation = await hub.talks()
        hub.smsc.tell("statuses", list=[0x58, 0, 0x14])
        await hub.room.anna_writes(conversation, LONG)
        submits = await hub.hears(LONG)
        assert len(submits) == hub.channel.measure(LONG, 0).parts
        rejected = hub.smsc.told("rejected")
        assert sorted(each["status"] for each in rejected) == [0x14, 0x58]
        assert {each["reference"] for each in rejected} <= {each["reference"] for each in submits}


@pytest.mark.peers
async def test_what_the_smsc_refuses_for_good_has_failed(wires: Wires) -> None:
    async with wires.started(smsc={"final_errors": [0x401]}) as hub:
        conversation = await hub.talks()
        hub.smsc.tell("statuses", list=[0x0B, 0x401])
        await hub.room.anna_writes(conversation, "Раз")
        await hub.becomes(conversation, ("Раз", FAILED, "Сообщение не принято: SMSC ответил ошибкой 0x0B."))
        await hub.room.anna_writes(conversation, "Два")
        await eventually(lambda: has_failed(hub, conversation, "Два"))


async def has_failed(hub: Started, conversation: int, text: str) -> bool:
    return any(fate[:2] == (text, FAILED) for fate in await hub.fates(conversation))


@pytest.mark.peers
async def test_any_other_error_is_tried_again(wires: Wires) -> None:
    async with wires.started() as hub:
        conversation = await hub.talks()
        hub.smsc.tell("statuses", list=[0x08])
        await hub.room.anna_writes(conversation, "Ещё раз")
        await hub.hears("Ещё раз")


@pytest.mark.peers
async def test_what_was_not_answered_is_submitted_again_under_its_own_reference(wires: Wires) -> None:
    async with wires.started(smsc={"timeout_s": 0.2}) as hub:
        conversation = await hub.talks()
        hub.smsc.tell("silent", count=1)
        await hub.room.anna_writes(conversation, "Слышно?")
        [submit] = await hub.hears("Слышно?")
        assert (await hub.smsc.hear("unanswered"))["reference"] == submit["reference"]


@pytest.mark.peers
async def test_to_a_name_nothing_can_be_sent_and_the_operator_is_told(wires: Wires) -> None:
    async with wires.started() as hub:
        await hub.says("Акция", source_addr="Magazin", source_addr_ton=5)
        conversation = await hub.conversation("Magazin")
        await hub.room.anna_writes(conversation, "Кто вы?")
        await eventually(lambda: has_failed(hub, conversation, "Кто вы?"))
        fates = await hub.fates(conversation)
        assert fates[-1][2] == "Ответить отправителю «Magazin» нельзя: это имя, а не номер."


@pytest.mark.peers
async def test_too_long_a_text_has_failed(wires: Wires) -> None:
    async with wires.started() as hub:
        conversation = await hub.talks()
        text = "я" * 20_000
        await hub.room.anna_writes(conversation, text)
        await hub.becomes(conversation, (text, FAILED, "Текст слишком длинный для SMS: частей 299, а можно 255."))


@pytest.mark.peers
async def test_simple_quotes_save_a_latin_text_if_that_is_wanted(wires: Wires) -> None:
    async with wires.started(plain=True) as hub:
        conversation = await hub.talks()
        text = "Your code — «1234»"
        assert hub.channel.measure(text, 0).alphabet == "GSM-7"
        await hub.room.anna_writes(conversation, text)
        [submit] = await hub.hears('Your code - "1234"')
        assert submit["coding"] == 0


async def test_a_pace_is_kept() -> None:
    pace, loop = RateLimiter(100), asyncio.get_running_loop()
    began = loop.time()
    for _ in range(6):
        await pace.turn()
    assert loop.time() - began >= 0.05


@pytest.mark.peers
async def test_a_window_is_never_overrun(wires: Wires) -> None:
    async with wires.started(smsc={"window": 2, "timeout_s": 20.0}) as hub:
        conversation = await hub.talks()
        hub.smsc.tell("silent", count=2)
        await hub.room.anna_writes(conversation, LONG * 2)
        await hub.smsc.hear("unanswered")
        await hub.smsc.hear("unanswered")
        hub.smsc.tell("enquire")
        await hub.smsc.hear("enquire_link_resp")
        assert joined(hub.smsc.told("submit")) == []
        assert hub.smsc.told("submit") == []
        session = hub.channel._smscs["node"]._sessions[Command.BIND_TRANSCEIVER]
        assert session._under_way == 2
        hub.smsc.tell("drop")
        await hub.hears(LONG * 2)


@pytest.mark.peers
async def test_a_ticket_whose_receipt_never_comes_is_dropped_after_a_week(wires: Wires) -> None:
    async with wires.started() as hub:
        week = timedelta(days=7)
        old, young = (Ticket(f"sms.smpp:node/{key}", 1, 1, datetime.now(UTC) - week + ago) for key, ago in (("1", -timedelta(hours=1)), ("2", timedelta(hours=1))))
        await hub.room.store.exchange((old, young, Ticket("email.smtp:1", 1, 1, datetime.now(UTC) - 2 * week)), ())
    async with wires.started() as hub:
        async def dropped() -> bool:
            return {ticket.key for ticket in await hub.room.store.all(Ticket)} == {young.key, "email.smtp:1"}
        await eventually(dropped)


@pytest.mark.peers
async def test_a_link_that_is_lost_under_a_long_message_leaves_no_error_behind(wires: Wires, caplog: pytest.LogCaptureFixture) -> None:
    async with wires.started() as hub:
        conversation = await hub.talks()
        hub.smsc.tell("drop_next")
        await hub.room.anna_writes(conversation, LONG)
        await hub.hears(LONG)
    gc.collect()
    # A browser of another test may be cleared away at this moment.
    assert not [record for record in caplog.records if record.levelname == "ERROR" and "playwright" not in record.getMessage()]
