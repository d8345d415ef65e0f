"""Messages of citizens in every form that an SMSC brings them in, against node-smpp."""

import struct
from random import Random

import pytest

from channels.sms.numbers import number as normalised
from channels.sms.smpp import NAME
from hub.conversations.address import Address
from hub.conversations.delivery_status import Fragment
from hub.conversations.message import Message
from hub.kernel.errors import UnavailableStoreError
from tests.channels.sms.phone import NUMBER, joined, ucs2
from tests.channels.sms.vectors import PDUS, TEXTS
from tests.channels.sms.wires import Started, Wires
from tests.peers.smsc import Event
from tests.rig import eventually

LONG = "Здравствуйте, у меня вопрос по счёту за ноябрь 👍 " * 5
FIRST = 0x70000000
"""Sequence numbers from here on are answered in the peer's own words."""


def octets(name: str, sequence: int) -> bytes:
    pdu = PDUS[name]
    return pdu[:12] + struct.pack(">L", sequence) + pdu[16:]


def parts(text: str, how: str, reference: int = 0x42) -> list[dict[str, object]]:
    """A long text as the SMSC brings it; pairs are cut wherever they lie."""
    content = text.encode("utf-16-be")
    pieces = [content[at:at + 130] for at in range(0, len(content), 130)]
    total = len(pieces)
    match how:
        case "udh8":
            return [{"esm_class": 0x40, "data_coding": 8, "short_message": {"hex": bytes([5, 0, 3, reference, total, n]).hex() + piece.hex()}}
                    for n, piece in enumerate(pieces, 1)]
        case "udh16":
            return [{"esm_class": 0x40, "data_coding": 8, "short_message": {"hex": bytes([6, 8, 4, 1, reference, total, n]).hex() + piece.hex()}}
                    for n, piece in enumerate(pieces, 1)]
        case "sar":
            return [{"data_coding": 8, "short_message": {"hex": piece.hex()}, "sar_msg_ref_num": reference, "sar_total_segments": total,
                     "sar_segment_seqnum": n} for n, piece in enumerate(pieces, 1)]
        case _:
            return [{"data_coding": 8, "short_message": {"hex": ""}, "message_payload": {"hex": content.hex()}}]


async def bring(hub: Started, pieces: list[dict[str, object]], name: str = "part") -> None:
    for n, piece in enumerate(pieces):
        hub.deliver(f"{name}{n}", **piece)
    for n in range(len(pieces)):
        await hub.acknowledged(f"{name}{n}")


@pytest.mark.peers
async def test_every_known_message_is_taken(wires: Wires) -> None:
    # CH-05
    async with wires.started() as hub:
        for n, name in enumerate(TEXTS):
            hub.smsc.tell("raw", pieces=[octets(name, FIRST + n).hex()])
        answers = [await hub.smsc.hear("answer", sequence=FIRST + n) for n in range(len(TEXTS))]
        assert {answer["status"] for answer in answers} == {0}
        assert await hub.said() == list(TEXTS.values())


@pytest.mark.peers
async def test_a_message_torn_into_octets_is_taken(wires: Wires) -> None:
    async with wires.started() as hub:
        pdu = octets("ucs2", FIRST)
        hub.smsc.tell("raw", pieces=[pdu[n:n + 1].hex() for n in range(len(pdu))])
        await hub.smsc.hear("answer", sequence=FIRST, status=0)
        assert await hub.said() == ["Привет"]


@pytest.mark.peers
@pytest.mark.parametrize("how", ["udh8", "udh16", "sar", "payload"])
async def test_a_long_message_comes_whole_in_whatever_order_its_parts_come(wires: Wires, how: str) -> None:
    async with wires.started() as hub:
        pieces = parts(LONG, how)
        await bring(hub, pieces[::-1])
        assert await hub.said() == [LONG]


@pytest.mark.peers
async def test_a_part_is_stored_before_it_is_acknowledged_and_known_after_a_restart(wires: Wires) -> None:
    # CH-06
    pieces = parts(LONG, "udh8")
    async with wires.started() as hub:
        await bring(hub, pieces[:-1])
        assert sorted(part.seq for part in await hub.room.store.all(Fragment)) == list(range(1, len(pieces)))
    async with wires.started() as hub:
        await bring(hub, pieces[-1:])
        assert await hub.said() == [LONG]


@pytest.mark.peers
async def test_a_part_that_comes_twice_makes_no_second_message(wires: Wires) -> None:
    async with wires.started() as hub:
        pieces = parts(LONG, "udh8")
        await bring(hub, [pieces[0], *pieces])
        await bring(hub, pieces[-1:])
        assert await hub.said() == [LONG]
    async with wires.started() as hub:
        await bring(hub, pieces[-1:])
        assert await hub.said() == [LONG]


@pytest.mark.peers
async def test_two_messages_under_one_reference_are_two_even_if_they_begin_alike(wires: Wires) -> None:
    async with wires.started() as hub:
        texts = [LONG, LONG + " Ещё раз.", "Совсем другое сообщение. " * 10]
        assert len({len(parts(text, "udh8")) for text in texts}) == 1
        for n, text in enumerate(texts):
            await bring(hub, parts(text, "udh8"), f"message {n} part ")
        assert await hub.said() == texts


@pytest.mark.peers
async def test_parts_of_two_senders_with_one_reference_do_not_mix(wires: Wires) -> None:
    async with wires.started() as hub:
        ours, theirs = parts("А" * 100, "udh8"), parts("Б" * 100, "udh8")
        await bring(hub, [each for pair in zip(ours, [part | {"source_addr": "79031112233"} for part in theirs], strict=True) for each in pair])
        assert await hub.said() == ["А" * 100]
        assert await hub.said("+79031112233") == ["Б" * 100]


@pytest.mark.peers
async def test_a_message_whose_part_never_comes_is_handed_in_as_it_is(wires: Wires) -> None:
    async with wires.started(parts_wait_s=0.1) as hub:
        pieces = parts(LONG, "udh8")
        await bring(hub, [pieces[0], pieces[-1]])

        async def came() -> bool:
            return await hub.room.intake.find(Address(NAME, NUMBER)) is not None and await hub.said() != []
        await eventually(came)
        [text] = await hub.said()
        assert "[…]" in text
        assert text.startswith(LONG[:60])
        assert text.endswith(LONG[-30:])

        async def forgotten() -> bool:
            return await hub.room.store.all(Fragment) == []
        await eventually(forgotten)


@pytest.mark.peers
async def test_the_same_words_in_one_session_are_two_messages(wires: Wires) -> None:
    async with wires.started() as hub:
        await hub.says("Да")
        await hub.says("Да")
        assert await hub.said() == ["Да", "Да"]


@pytest.mark.peers
async def test_a_number_is_the_choice_of_the_last_menu(wires: Wires) -> None:
    async with wires.started() as hub:
        await hub.says("Здравствуйте")
        menu: list[Event] = []
        while not any("1 — " in text for text in joined(menu)):
            menu.append(await hub.smsc.hear("submit"))
        [shown] = [text for text in joined(menu) if "1 — " in text]
        choice = next(line.removeprefix("1 — ") for line in shown.splitlines() if line.startswith("1 — "))
        await hub.says("1")
        assert await hub.said() == ["Здравствуйте", choice]


@pytest.mark.parametrize(("source", "ton", "number"), [
    ("79161234567", 1, "+79161234567"), ("+79161234567", 0, "+79161234567"), ("89161234567", 0, "+79161234567"), ("9161234567", 2, "+79161234567"),
    ("79161234567", 0, "+79161234567"), ("7788", 3, "7788"), ("Gosuslugi", 5, "Gosuslugi"), ("900", 0, "900"), ("375291234567", 0, "+375291234567")])
def test_a_sender_is_a_number_with_plus_wherever_it_can_be(source: str, ton: int, number: str) -> None:
    assert normalised(source, ton, "RU") == number


@pytest.mark.peers
async def test_octets_that_are_no_text_become_a_file(wires: Wires) -> None:
    async with wires.started() as hub:
        hub.deliver("binary", data_coding=4, short_message={"hex": "00ff0102"})
        await hub.acknowledged("binary")
        records = await hub.room.store.records(await hub.conversation())
        [message] = [r.entry for r in records if isinstance(r.entry, Message) and r.entry.attachments]
        assert (message.attachments[0].name, message.attachments[0].size) == ("sms.bin", 4)


@pytest.mark.peers
async def test_many_at_once_are_all_taken(wires: Wires) -> None:
    async with wires.started() as hub:
        hub.smsc.tell("burst", count=300, window=60, pdu={"destination_addr": "7788", **ucs2("Привет")})
        assert (await hub.smsc.hear("burst"))["failed"] == 0
        assert len(await hub.room.store.recent(limit=1000)) == 300


@pytest.mark.peers
async def test_what_comes_behind_a_refused_message_comes_again_behind_it(wires: Wires) -> None:
    async with wires.started() as hub:
        await hub.talks()
        hub.room.store.shut = True
        for n in range(3):
            hub.deliver(f"first {n}", **ucs2(f"Часть {n}"))
        await hub.room.store.reached.wait()
        hub.smsc.tell("enquire")
        await hub.smsc.hear("enquire_link_resp")
        [(_, refused)] = hub.room.store.kept
        hub.room.store.kept.clear()
        refused(UnavailableStoreError("the disk was full for a moment"))
        hub.room.store.open()
        for n in range(3):
            await hub.acknowledged(f"first {n}", 0x64)
        for n in range(3):
            hub.deliver(f"again {n}", **ucs2(f"Часть {n}"))
        for n in range(3):
            await hub.acknowledged(f"again {n}")
        assert (await hub.said())[1:] == ["Часть 0", "Часть 1", "Часть 2"]


@pytest.mark.peers
async def test_a_command_that_nobody_knows_is_told_so_and_the_session_goes_on(wires: Wires) -> None:
    async with wires.started() as hub:
        hub.smsc.tell("raw", pieces=[struct.pack(">LLLL", 20, 0x00010200, 0, 77).hex() + "00000000"])
        nack = await hub.smsc.hear("nack")
        assert (nack["sequence"], nack["status"]) == (77, 3)
        await hub.says("Привет")


@pytest.mark.peers
async def test_a_broken_message_is_refused_for_good_and_the_session_goes_on(wires: Wires) -> None:
    async with wires.started() as hub:
        broken = octets("ucs2", FIRST)[:-4]
        hub.smsc.tell("raw", pieces=[(struct.pack(">L", len(broken)) + broken[4:]).hex()])
        await hub.smsc.hear("answer", sequence=FIRST, status=0x65)
        await hub.says("Привет")


@pytest.mark.peers
@pytest.mark.parametrize("length", [3, 0x7FFFFFFF])
async def test_after_a_length_that_no_pdu_has_the_session_is_begun_anew(wires: Wires, length: int) -> None:
    async with wires.started() as hub:
        hub.smsc.tell("raw", pieces=[struct.pack(">LLLL", length, 5, 0, 1).hex()])
        assert (await hub.smsc.hear("nack"))["status"] == 2
        await hub.smsc.hear("bound")
        await hub.says("Привет")


@pytest.mark.peers
async def test_whatever_comes_in_frames_harms_no_session(wires: Wires) -> None:
    # CH-05: a thousand PDUs, changed by chance anywhere behind their length
    chance = Random(34)
    async with wires.started() as hub:
        frames = []
        for n in range(1000):
            pdu = bytearray(octets(chance.choice(sorted(PDUS)), FIRST + n))
            for _ in range(chance.randint(1, 4)):
                pdu[chance.randrange(16, len(pdu))] = chance.randrange(256)
            if chance.random() < 0.1:
                pdu[4:8] = chance.choice([0x103, 0x21, 0x80000005, 0x102, 0xB, 0x15]).to_bytes(4, "big")
            frames.append(bytes(pdu))
        stream = b"".join(frames)
        hub.smsc.tell("raw", pieces=[stream[at:at + 4099].hex() for at in range(0, len(stream), 4099)])
        await hub.smsc.hear("written")
        await hub.says("И всё же", "after")
        assert hub.smsc.told("closed") == []
        assert hub.channel.health().up
