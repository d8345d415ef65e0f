"""Recordings: listened to after they are stored, once, and by a person where a machine does not understand (CH-07)."""

import asyncio
import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

from hub.conversations.conversation import InQueue, WithBot
from hub.conversations.journal import HandedOver, SpeechRecognised, StoredEvent
from hub.conversations.message import Attachment, Author, Message
from hub.conversations.ports import Commit, Store, Stored
from hub.intake.robot_replies import NOT_HEARD, SAY_AGAIN
from hub.kernel.ids import RecordIds
from hub.telephony.recogniser_queue import RecogniserQueue
from hub.telephony.speech_to_text import WARM, SpeechToText
from tests.rig import Clock, Drawer, Rig, eventually

VOICE = "audio/ogg"


RECOGNISE = eval
"""Recordings are Python here: what goes to another process must be found there by its name."""
POISON = "__import__('os')._exit(1)"
"""What decoders die of."""
NOISE = "int('noise')"


@pytest.fixture
def drawer() -> Drawer:
    return Drawer()


@pytest.fixture
async def listening(store: Store, clock: Clock, drawer: Drawer) -> AsyncIterator[Rig]:
    rig = await Rig(store, clock, files=drawer, recognise=RECOGNISE).start()
    yield rig
    await rig.stop()


async def recording(drawer: Drawer, sound: str, kind: str = VOICE) -> Attachment:
    return Attachment(await drawer.put(sound.encode()), "voice.ogg", kind, len(sound.encode()))


async def speaks(rig: Rig, key: str, attachment: Attachment) -> int:
    outcome = await rig.say("", key, attachments=(attachment,))
    assert isinstance(outcome, Stored)
    await rig.settled()
    return outcome.conversation


async def heard(rig: Rig, conversation: int) -> list[str]:
    return [r.entry.text for r in await rig.store.records(conversation, limit=100) if isinstance(r.entry, SpeechRecognised)]


async def test_the_robot_answers_what_was_spoken(listening: Rig, drawer: Drawer) -> None:
    # CH-07
    conversation = await speaks(listening, "1", await recording(drawer, "'Вопрос'"))
    assert await heard(listening, conversation) == ["Вопрос"]
    assert await listening.said(conversation, Author.BOT) == ["Здравствуйте", "Ответ на «Вопрос»"]


async def test_words_belong_to_their_recording_and_are_found(listening: Rig, drawer: Drawer) -> None:
    # KB-02
    conversation = await speaks(listening, "1", await recording(drawer, "'Загранпаспорт'"))
    records = await listening.store.records(conversation, limit=100)
    spoken = next(r for r in records if isinstance(r.entry, Message) and r.entry.author is Author.CITIZEN)
    words = next(r for r in records if isinstance(r.entry, SpeechRecognised))
    assert isinstance(words.entry, SpeechRecognised)
    assert words.entry.record == spoken.id

    async def found() -> bool:
        return [hit.record.id for hit in await listening.store.find("загранпаспорта")] == [words.id]

    await eventually(found)


@pytest.mark.parametrize("sound", [NOISE, POISON, "''"])
async def test_what_a_machine_does_not_understand_goes_to_a_person(listening: Rig, drawer: Drawer, sound: str) -> None:
    # CH-07
    conversation = await speaks(listening, "1", await recording(drawer, sound))
    assert await heard(listening, conversation) == []
    assert isinstance((await listening.holds(conversation)).holder, InQueue)


async def test_a_recording_that_ends_the_recogniser_harms_no_other(listening: Rig, drawer: Drawer) -> None:
    # CH-06
    conversation = await speaks(listening, "1", await recording(drawer, POISON))
    await speaks(listening, "2", await recording(drawer, "'Что с моим делом'"))
    assert await heard(listening, conversation) == ["Что с моим делом"]


async def test_an_operator_reads_what_was_spoken_to_him(listening: Rig, drawer: Drawer) -> None:
    # CH-07
    conversation = await listening.waiting()
    before = (await listening.holds(conversation)).holder
    await speaks(listening, "1", await recording(drawer, "'Я забыл сказать'"))
    assert await heard(listening, conversation) == ["Я забыл сказать"]
    assert (await listening.holds(conversation)).holder == before


async def test_a_caller_does_not_wait_where_many_wait(drawer: Drawer) -> None:
    # CH-08: an operator listens instead
    queue = RecogniserQueue(1, 0)
    ears = SpeechToText(drawer, RECOGNISE, queue)
    said = Message(Author.CITIZEN, "", datetime.now(UTC), attachments=(await recording(drawer, "'Вопрос'"),))
    async with queue.turn(on_line=True):
        assert await ears.words(said, on_line=True) is None
    assert await ears.words(said, on_line=True) == "Вопрос"
    await ears.close()


async def test_what_is_heard_at_a_pause_is_not_recognised_again(drawer: Drawer, tmp_path: Path) -> None:
    # CH-07: recordings are Python here, and each recognition leaves a mark
    ears, marks = SpeechToText(drawer, RECOGNISE, RecogniserQueue(1, 1)), tmp_path / "marks"
    sound = f"open({str(marks)!r}, 'a').write('|') and 'Вопрос'"
    said = Message(Author.CITIZEN, "", datetime.now(UTC), attachments=(await recording(drawer, sound),))
    assert [await ears.overheard(sound.encode()) for _ in range(2)] == ["Вопрос"] * 2
    assert await ears.words(said, on_line=True) == "Вопрос"
    assert marks.read_text() == "|"
    assert await ears.words(said, on_line=True) == "Вопрос"
    assert marks.read_text() == "||"
    await ears.close()


async def test_recognisers_are_ready_before_the_first_caller(drawer: Drawer) -> None:
    # CH-07
    ears = SpeechToText(drawer, str, RecogniserQueue(3, 1))  # type: ignore[arg-type]  # any function that takes bytes
    ears.start()
    await eventually(warm)
    await ears.close()


async def warm() -> bool:
    children = [pid for path in Path(f"/proc/{os.getpid()}/task").glob("*/children") for pid in path.read_text().split()]
    return sum(b"hub.kernel.sandbox" in Path(f"/proc/{pid}/cmdline").read_bytes() for pid in children) == WARM


async def test_who_goes_on_speaking_takes_no_turn(drawer: Drawer) -> None:
    # CH-08
    queue = RecogniserQueue(1, 1)
    ears = SpeechToText(drawer, RECOGNISE, queue)
    async with queue.turn(on_line=True):
        pause = asyncio.create_task(ears.overheard(b"'One'"))
        await eventually(partial(waits, queue, 1))
        assert await ears.overheard(b"'Another'") is None  # nobody is handed over for what may be no utterance
        pause.cancel()
        await eventually(partial(waits, queue, 0))
    assert queue.refused == 0
    await ears.close()


async def waits(queue: RecogniserQueue, callers: int) -> bool:
    return queue.waiting["caller"] == callers


async def test_noise_on_the_line_is_asked_about_once(listening: Rig, drawer: Drawer) -> None:
    # CH-08
    for key in ("1", "2"):
        outcome = await listening.say("", key, channel="voice.asterisk", who="+79160000061", attachments=(await recording(drawer, "''"),))
        assert isinstance(outcome, Stored)
        await listening.settled()
        said = await listening.said(outcome.conversation, Author.BOT)
        if key == "1":
            assert said[-1] == SAY_AGAIN
            assert isinstance((await listening.holds(outcome.conversation)).holder, WithBot)
    assert said[-1].startswith(NOT_HEARD)
    assert isinstance((await listening.holds(outcome.conversation)).holder, InQueue)


async def test_a_call_that_nobody_could_listen_to_goes_to_a_person(listening: Rig, drawer: Drawer) -> None:
    # CH-08
    outcome = await listening.say("", "1", channel="voice.asterisk", who="+79160000062", attachments=(await recording(drawer, POISON),))
    assert isinstance(outcome, Stored)
    await listening.settled()
    assert isinstance((await listening.holds(outcome.conversation)).holder, InQueue)


async def test_without_a_recogniser_a_person_listens(rig: Rig, drawer: Drawer) -> None:
    # CH-07
    conversation = await speaks(rig, "1", await recording(drawer, "'Вопрос'"))
    moves = [r.entry.why for r in await rig.store.records(conversation, limit=100) if isinstance(r.entry, HandedOver)]
    assert moves[-1] == "files"


@pytest.mark.parametrize(("kind", "text"), [("application/pdf", ""), (VOICE, "вот запись")])
async def test_nothing_else_is_listened_to(listening: Rig, drawer: Drawer, kind: str, text: str) -> None:
    # CH-07
    outcome = await listening.say(text, "1", attachments=(await recording(drawer, "'Вопрос'", kind),))
    assert isinstance(outcome, Stored)
    await listening.settled()
    assert await heard(listening, outcome.conversation) == []


async def test_what_was_not_listened_to_before_a_crash_is_listened_to_once(store: Store, clock: Clock, drawer: Drawer) -> None:
    # CH-06
    rig = await Rig(store, clock, files=drawer, recognise=RECOGNISE).start()
    conversation = await rig.stored("Здравствуйте", "0")
    await rig.settled()
    await rig.stop()
    head = await rig.holds(conversation)
    message = Message(Author.CITIZEN, "", clock(), key="1", attachments=(await recording(drawer, "'Вопрос'"),))
    spoken = StoredEvent(RecordIds(newest=head.last).next(clock()), conversation, message)
    await store.commit(Commit(conversation, head.last, (spoken,), owed=(spoken.id,)))  # and here the power fails
    for _ in range(2):
        rig = await Rig(store, clock, await store.newest(), files=drawer, recognise=RECOGNISE).start()
        await rig.settled()
        await rig.stop()
    assert await heard(rig, conversation) == ["Вопрос"]
    assert isinstance((await rig.holds(conversation)).holder, WithBot)
