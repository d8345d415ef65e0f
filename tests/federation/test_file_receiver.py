"""Files follow a conversation to a centre on another deployment, each once and whole, and no message waits for them (0091)."""

import asyncio
import random
from collections.abc import AsyncGenerator
from datetime import timedelta

import pytest
from msgspec import json

from bots.russian import Russian
from channels.intake import taken
from hub.conversations.address import Address, Citizen
from hub.conversations.attachments import Check, Upload, key_of
from hub.conversations.conversation import Closed
from hub.conversations.journal import ErasureCause
from hub.conversations.message import Attachment, Author, Message
from hub.conversations.ports import Incoming, ScanResult
from hub.federation.envelope import Envelope
from hub.federation.file_transfer import AT_ONCE, PIECE, TERM, FilePiece, FileWanted, IncomingFile
from hub.federation.handover_messages import MessageForwarded, about
from hub.organisation.level import Level
from hub.privacy.eraser import Eraser
from storage.erasure_register import ErasureList
from tests.federation.line import End
from tests.federation.test_handover_sender import Two, becomes, says, two  # noqa: F401 - a fixture
from tests.rig import OLGA, Carrier, Clock, Drawer, Rig, Screen, eventually

INFECTED = b"%PDF-1.4 this one is infected"


class Bad:
    """hub.conversations.ports.Scanner: finds what says that it is infected, as soon as it may look."""

    def __init__(self) -> None:
        self.looks = asyncio.Event()
        self.looks.set()

    async def probe(self) -> str:
        return "there"

    async def scan(self, size: int, content: AsyncGenerator[bytes, None]) -> ScanResult:
        del size
        await self.looks.wait()
        whole = b"".join([part async for part in content])
        return ScanResult(Check.INFECTED, "Eicar") if b"infected" in whole else ScanResult(Check.CLEAN)

    async def close(self) -> None:
        """Nothing is open."""


def content(size: int, seed: int = 1) -> bytes:
    return b"%PDF-1.4 " + random.Random(seed).randbytes(size - 9)


async def sends(rig: Rig, content: bytes, name: str = "справка.pdf", key: str = "file") -> str:
    """A citizen sends a file, as every channel does; gives what it is called."""
    attachment = Attachment(await rig.files.put(content), name, "application/pdf", len(content))
    await taken(rig.message_intake, Incoming(Address(Screen.name, "citizen"), key, "вот", (attachment,), citizen=Citizen("Иван")))
    return attachment.file


async def answers(rig: Rig, conversation: int, content: bytes, name: str = "ответ.pdf") -> str:
    """An operator answers with one."""
    attachment = Attachment(await rig.files.put(content), name, "application/pdf", len(content))
    await rig.quarantine.keep(conversation, attachment)
    said = Message(Author.OPERATOR, "см. файл", rig.clock(), key=name, by=OLGA.login, name=OLGA.name, attachments=(attachment,))
    await rig.sequencer.committed_step(await rig.sequencer.load(conversation), (said,))
    return attachment.file


def state(rig: Rig, conversation: int, file: str) -> Check:
    held = rig.quarantine.quarantined(conversation, file)
    return held.state if held else Check.CLEAN


async def is_known(rig: Rig, conversation: int, file: str, what: Check = Check.CLEAN) -> None:
    async def so() -> bool:
        return await rig.store.get(Upload, key_of(conversation, file)) is not None and state(rig, conversation, file) is what
    await eventually(so)


async def nothing_comes(rig: Rig) -> None:
    """No piece is left, wherever it was."""
    async def so() -> bool:
        return not await rig.store.all(IncomingFile)
    await eventually(so)
    if isinstance(rig.files, Drawer):
        assert set(rig.files._contents) <= {upload.attachment.file for upload in await rig.store.all(Upload)}


async def noted(rig: Rig, conversation: int, words: str) -> None:
    async def so() -> bool:
        return any(words in text for text in await rig.said(conversation, Author.SYSTEM))
    await eventually(so)


async def test_files_of_the_journal_and_later_ones_follow_their_messages(two: Two) -> None:  # noqa: F811
    # RT-08, CH-08
    first, later = content(3 * PIECE + 5), content(PIECE, 2)
    await two.here.waiting()
    before = await sends(two.here, first)
    conversation = await two.away()
    number = await two.held_there()
    await is_known(two.there, number, before)
    assert await two.there.files.get(before) == first
    record = next(r.entry for r in await two.stores[1].records(number) if isinstance(r.entry, Message) and r.entry.attachments)
    assert (record.internal, record.attachments[0].name) == (True, "справка.pdf")
    after = await sends(two.here, later, "паспорт.pdf", "later")
    await says(two.there, number, "вот")
    await is_known(two.there, number, after)
    answer = await answers(two.there, number, content(2 * PIECE, 3))
    await says(two.here, conversation, "см. файл")
    await is_known(two.here, conversation, answer)
    assert await two.here.files.get(answer) == content(2 * PIECE, 3)
    for rig in (two.here, two.there):
        await nothing_comes(rig)


async def test_a_message_is_there_before_its_file_which_nobody_opens_until_then(two: Two) -> None:  # noqa: F811
    # RT-08, SE-01
    await two.away()
    number = await two.held_there()
    two.out.keeps = True
    file = await sends(two.here, content(19))

    async def told() -> Envelope | None:
        return next((parcel for parcel in two.out.sent if parcel.kind == "conversation.said"), None)
    await eventually(lambda: _is(told))
    said = await told()
    assert said is not None
    two.out.bring(said)
    await says(two.there, number, "вот")
    assert state(two.there, number, file) is Check.COMING
    two.out.keeps = False
    for parcel in two.out.sent:
        two.out.bring(parcel)
    await is_known(two.there, number, file)


async def _is(told: object) -> bool:
    assert callable(told)
    return await told() is not None


async def test_what_is_large_stalls_nothing(two: Two) -> None:  # noqa: F811
    # RT-08: before whatever else goes by the line are at most so many pieces
    await two.away()
    number = await two.held_there()
    two.back.keeps = True
    file = await sends(two.here, content(40 * PIECE), key="large")
    await eventually(lambda: _wanted(two.back))
    two.back.bring(next(parcel for parcel in two.back.sent if parcel.kind == "file.wanted"))
    await eventually(lambda: _pieces(two.out, AT_ONCE))
    await two.here.say("Ещё одно", "more")
    await says(two.there, number, "Ещё одно")
    assert not await _pieces(two.out, AT_ONCE + 1)
    assert state(two.there, number, file) is Check.COMING
    two.back.keeps = False
    two.back.bring([parcel for parcel in two.back.sent if parcel.kind == "file.wanted"][-1])
    await is_known(two.there, number, file)
    asked = [json.decode(parcel.data, type=FileWanted).numbers for parcel in two.back.sent if parcel.kind == "file.wanted"]
    assert {len(numbers) for numbers in asked} == {AT_ONCE}


async def _pieces(end: End, most: int) -> bool:
    return sum(parcel.kind == "file.piece" for parcel in end.sent) >= most


async def test_an_answer_that_is_carried_does_not_wait_for_its_file(two: Two) -> None:  # noqa: F811
    # RT-08, CH-08: nor does anything that is said after it
    conversation = await two.here.waiting(who="+79161234567", channel=Carrier.name)
    await two.pass_on(conversation)
    number = await two.held_there()
    two.out.keeps = True
    file = await answers(two.there, number, content(19))
    await two.there.actions.say(OLGA, number, "k", "И ещё", internal=False)

    async def carried(*texts: str) -> bool:
        return [r.entry.text for r in two.here.carrier.carried if isinstance(r.entry, Message) and r.entry.author is Author.OPERATOR] == list(texts)
    await eventually(lambda: carried("см. файл\n[файл следует: ответ.pdf]", "И ещё"))
    assert state(two.here, conversation, file) is Check.COMING
    two.out.keeps = False
    for parcel in two.out.sent:
        two.out.bring(parcel)
    await eventually(lambda: carried("см. файл\n[файл следует: ответ.pdf]", "И ещё", "ответ.pdf"))
    last = two.here.carrier.carried[-1].entry
    assert isinstance(last, Message)
    assert [each.file for each in last.attachments] == [file]
    await nothing_comes(two.here)


@pytest.mark.parametrize("seed", range(8))
async def test_whatever_the_line_does_files_are_whole(two: Two, seed: int) -> None:  # noqa: F811
    # RT-08: pieces are lost, doubled, delayed and overtake each other, and both hubs are started anew in between
    chance = random.Random(seed)
    await two.away()
    number = await two.held_there()
    two.out.keeps = two.back.keeps = True
    files = {await sends(two.here, content(chance.choice((19, PIECE, 3 * PIECE + 1, 9 * PIECE)), n), f"{n}.pdf", f"f{n}"): n for n in range(3)}
    brought = {two.out: len(two.out.sent), two.back: len(two.back.sent)}
    brought[two.out] = 0
    pool: list[tuple[End, Envelope]] = []

    async def there() -> bool:
        return all([await two.stores[1].get(Upload, key_of(number, file)) for file in files]) and not await two.stores[1].all(IncomingFile)

    for turn in range(4000):
        for end in brought:
            for parcel in end.sent[brought[end]:]:
                is_file = parcel.kind.startswith("file.")
                pool += [(end, parcel)] * (chance.choice((0, 1, 1, 1, 2)) if is_file else 1)
            brought[end] = len(end.sent)
        chance.shuffle(pool)
        for _ in range(min(len(pool), chance.randint(0, 4))):
            end, parcel = pool.pop()
            await (two.there if end is two.out else two.here).handover_sender.hear(parcel)
        if turn in {40, 120}:
            await two.stop()
            two.here, two.there = [await Rig(store, two.clock, await store.newest(), link=link, code=code, files=rig.files).start()
                                   for store, link, code, rig in ((two.stores[0], two.out, "001", two.here), (two.stores[1], two.back, "077", two.there))]
        if turn > 120 and await there():
            break
        await asyncio.sleep(0.002)
    assert await there()
    for file in files:
        assert await two.there.files.get(file) == await two.here.files.get(file)
    await nothing_comes(two.there)


async def test_what_is_infected_is_told_at_both_ends(clock: Clock, russian: Russian) -> None:
    # SE-01: also where the sender has no scanner, or an older one
    two = Two(clock, russian)  # noqa: F811
    two.there = Rig(two.stores[1], clock, link=two.back, code="077", scanner=Bad())
    await two.start()
    conversation = await two.away()
    number = await two.held_there()
    file = await sends(two.here, INFECTED)
    await is_known(two.there, number, file, Check.INFECTED)
    await noted(two.there, number, "заражён и не открывается: Eicar")
    await noted(two.here, conversation, "В центре «077» файл «справка.pdf» не открывается: заражён: Eicar")
    await nothing_comes(two.there)
    await two.stop()


async def test_what_is_in_quarantine_is_given_when_it_is_clean_and_otherwise_never(clock: Clock, russian: Russian) -> None:
    # SE-01
    two, scanner = Two(clock, russian), Bad()  # noqa: F811
    two.here = Rig(two.stores[0], clock, link=two.out, code="001", scanner=scanner)
    two.there = Rig(two.stores[1], clock, link=two.back, code="077", again_s=600)
    await two.start()
    await two.away()
    number = await two.held_there()
    scanner.looks.clear()
    clean, infected = await sends(two.here, content(19)), await sends(two.here, INFECTED, "вирус.pdf", "bad")
    await says(two.there, number, "вот", 2)
    assert {state(two.there, number, file) for file in (clean, infected)} == {Check.COMING}
    scanner.looks.set()
    await is_known(two.there, number, clean)
    await is_known(two.there, number, infected, Check.MISSING)
    await noted(two.there, number, "Файл «вирус.pdf» не пришёл из другого центра: в центре, откуда он, найден заражённым")
    assert await two.there.files.get(infected) is None
    await two.stop()


async def test_what_is_too_large_for_the_receiver_is_told_at_both_ends(two: Two) -> None:  # noqa: F811
    conversation = await two.away()
    number = await two.held_there()
    file = await sends(two.here, content((6 << 20) + 1))
    await is_known(two.there, number, file, Check.MISSING)
    await noted(two.here, conversation, "не открывается: он больше 6 МБ")
    await nothing_comes(two.there)
    assert not await _pieces(two.out, 1)


async def test_what_is_not_what_it_was_called_is_not_taken(two: Two) -> None:  # noqa: F811
    # SE-01
    conversation = await two.away()
    number = await two.held_there()
    two.out.keeps = True
    file = await sends(two.here, content(19))
    await eventually(lambda: _said(two.out))
    two.out.bring(next(parcel for parcel in two.out.sent if parcel.kind == "conversation.said"))
    await is_known(two.there, number, file, Check.COMING)
    two.out.bring(Envelope("p", "file.piece", "001", "077", two.clock(), 1, json.encode(FilePiece(key_of(number, file), 0, content(19, 2)))))
    await is_known(two.there, number, file, Check.MISSING)
    await noted(two.here, conversation, "это не тот файл, что был назван")
    await nothing_comes(two.there)


async def _said(end: End) -> bool:
    return any(parcel.kind == "conversation.said" for parcel in end.sent)


async def half(two: Two) -> tuple[int, str]:  # noqa: F811
    """A file of which the first pieces are there."""
    await two.away()
    number = await two.held_there()
    two.back.keeps = True
    file = await sends(two.here, content(9 * PIECE))
    await eventually(lambda: _wanted(two.back))
    two.back.bring(next(parcel for parcel in two.back.sent if parcel.kind == "file.wanted"))

    async def some() -> bool:
        return any(any(each.pieces) for each in await two.stores[1].all(IncomingFile))
    await eventually(some)
    return number, file


async def _wanted(end: End) -> bool:
    return any(parcel.kind == "file.wanted" for parcel in end.sent)


async def test_what_is_over_needs_no_more_files(two: Two) -> None:  # noqa: F811
    # RT-08: answered, given back or withdrawn
    number, file = await half(two)
    await two.there.actions.close(OLGA, number, "other")
    await is_known(two.there, number, file, Check.MISSING)
    await nothing_comes(two.there)


async def test_nothing_is_waited_for_for_ever(two: Two) -> None:  # noqa: F811
    number, file = await half(two)
    two.clock.forward((TERM - timedelta(hours=1)).total_seconds())
    await asyncio.gather(two.there.told(), two.here.told())
    assert state(two.there, number, file) is Check.COMING
    two.clock.forward(timedelta(hours=2).total_seconds())
    await is_known(two.there, number, file, Check.MISSING)
    await nothing_comes(two.there)


async def test_what_is_erased_takes_its_pieces_along(two: Two) -> None:  # noqa: F811
    # SE-03
    conversation = await two.away()
    number = await two.held_there()
    two.out.keeps = True
    await answers(two.there, number, content(9 * PIECE))
    await two.there.actions.close(OLGA, number, "other")
    await becomes(two.here, conversation, Closed)
    await eventually(lambda: _wanted(two.out))
    two.out.bring(next(parcel for parcel in two.out.sent if parcel.kind == "file.wanted"))

    async def some() -> bool:
        return any(any(each.pieces) for each in await two.stores[0].all(IncomingFile))
    await eventually(some)
    eraser = Eraser(two.here.sequencer, two.stores[0], two.here.files, ErasureList())
    assert await eraser.erase([conversation], ErasureCause.DEMAND) == 1
    await nothing_comes(two.here)
    assert not await two.stores[0].all(Upload)


async def test_the_federal_level_gets_names_alone_and_is_refused_the_rest(two: Two) -> None:  # noqa: F811
    # D19, FD-04
    conversation = await two.here.waiting()
    file = await sends(two.here, content(19), "паспорт 4512 345678 anna@example.ru.pdf")
    two.here.levels["077"] = Level.FEDERAL
    await two.pass_on(conversation)
    guest = await two.guest()
    await sends(two.here, content(19, 2), "снилс 112-233-445 95.pdf", "later")
    await noted(two.there, guest.id, "[файл: паспорт •••78 •••@•••")

    async def later() -> bool:
        return any("[файл в центре, откуда обращение: снилс •••95" in text for text in await two.there.said(guest.id))
    await eventually(later)
    await two.here.say("Мой номер +7 916 123-45-67", "mine")
    await says(two.there, guest.id, "Мой номер •••67")
    sent = b"".join(parcel.data for parcel in two.out.sent).decode()
    assert (file in sent, "345678" in sent, "233" in sent) == (False, False, False)
    _, this = about(guest)
    wanted = FileWanted(this.handing, this.number, file, at_home=True, key="1/x", numbers=(0,))
    two.back.bring(Envelope("w", "file.wanted", "077", "001", two.clock(), 1, json.encode(wanted)))
    await eventually(lambda: _withheld(two.out))
    assert not await _pieces(two.out, 1)


async def test_the_federal_level_is_answered_in_words(two: Two) -> None:  # noqa: F811
    # D19, FD-04: those to its citizen whole, and no file
    conversation = await two.away()
    number = await two.held_there()
    two.there.levels["001"] = Level.FEDERAL
    await answers(two.there, number, content(19), "справка 4512 345678.pdf")
    await says(two.here, conversation, "см. файл\n[файл в центре, откуда обращение: справка •••78.pdf]")
    await two.there.actions.say(OLGA, number, "k", "Звоните 8 800 100-70-10", internal=False)
    await says(two.here, conversation, "Звоните 8 800 100-70-10")
    assert not await two.stores[0].all(IncomingFile)


async def _withheld(end: End) -> bool:
    return any(parcel.kind == "file.withheld" for parcel in end.sent)


@pytest.mark.parametrize(("source", "own"), [("000", False), ("077", True)])
async def test_only_who_has_a_part_in_a_conversation_gets_its_files(two: Two, source: str, own: bool) -> None:  # noqa: F811
    # SE-01: neither a third centre, nor one that asks for another conversation's
    conversation = await two.here.waiting()
    file = await sends(two.here, content(19))
    other = await two.here.waiting(who="another")
    if own:
        await two.pass_on(other)
        await two.guest()
    wanted = FileWanted(f"{other if own else conversation}-1", "001-260101-00001-0", file, at_home=True, key="1/x", numbers=(0,))
    await two.here.handover_sender.hear(Envelope("w", "file.wanted", source, "001", two.clock(), 1, json.encode(wanted)))

    async def withheld() -> bool:
        return await _withheld(two.out)
    if source == "077":
        await eventually(withheld)
    assert not await _pieces(two.out, 1)


async def test_a_name_that_leads_elsewhere_is_no_file(two: Two) -> None:  # noqa: F811
    # SE-01: what a far end calls a file is never a path here
    await two.away()
    guest = await two.guest()
    _, this = about(guest)
    said = json.decode(json.encode(MessageForwarded(this.handing, this.number, {  # type: ignore[arg-type]  # as a far end may write it
        "author": "citizen", "text": "вот", "at": two.clock(),
        "enclosed": [{"file": "../../etc/passwd", "name": "x", "type": "", "size": 1}]})))
    before = await two.there.said(guest.id)
    await two.there.handover_sender.hear(Envelope("s", "conversation.said", "001", "077", two.clock(), 1, json.encode(said)))
    assert await two.there.said(guest.id) == before
    assert not await two.stores[1].all(IncomingFile)
