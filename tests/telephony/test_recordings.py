"""Recorded talks: kept once, written down by a machine, deleted when their term is over (SE-04, MC-05)."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hub.conversations.attachments import Hold, Upload
from hub.conversations.delivery_status import Bookmark
from hub.conversations.journal import Deleted, StoredEvent, Transcribed, TranscriptLine
from hub.conversations.message import Author, Message
from hub.conversations.ports import Store
from hub.kernel.errors import SealedError, StoreError
from hub.kernel.retention_kind import Expired
from hub.privacy.retention import Retention
from hub.privacy.retention_kinds import FileRetention
from hub.telephony.ports import RecordedTalk
from tests.rig import Clock, Drawer, Rig, eventually

TRANSCRIBE = eval
"""Recordings are Python here: what goes to another process must be found there by its name."""
LINES = [TranscriptLine(0, Author.OPERATOR, "Чем помочь"), TranscriptLine(1500, Author.CITIZEN, "Нужен загранпаспорт")]
SAID = ("[__import__('hub.conversations.journal').conversations.journal.TranscriptLine(0, 'operator', 'Чем помочь'),"
        " __import__('hub.conversations.journal').conversations.journal.TranscriptLine(1500, 'citizen', 'Нужен загранпаспорт')]")
POISON, NOISE, SILENCE = "__import__('os')._exit(1)", "int('noise')", "[]"
BEGAN = datetime(2026, 1, 1, 3, tzinfo=UTC)


@pytest.fixture
def drawer() -> Drawer:
    return Drawer()


@pytest.fixture
async def writing(store: Store, clock: Clock, drawer: Drawer) -> AsyncIterator[Rig]:
    rig = await Rig(store, clock, files=drawer, transcribe=TRANSCRIBE).start()
    yield rig
    await rig.stop()


def talk(folder: Path, conversation: int, sound: str, key: str = "1") -> RecordedTalk:
    path = folder / f"{key}.flac"
    path.write_text(sound, encoding="utf8")
    return RecordedTalk(conversation, key, BEGAN, 61, path, "audio/flac")


async def entries(rig: Rig, conversation: int, kind: type) -> list[StoredEvent]:
    return [record for record in await rig.store.records(conversation, limit=1000) if isinstance(record.entry, kind)]


async def recorded(rig: Rig, folder: Path, sound: str, key: str = "1") -> tuple[int, StoredEvent]:
    conversation = await rig.waiting()
    await rig.recordings.keep(talk(folder, conversation, sound, key))
    (kept,) = [each for each in await entries(rig, conversation, Message) if isinstance(each.entry, Message) and each.entry.attachments]
    return conversation, kept


async def written(rig: Rig, conversation: int) -> Transcribed:
    async def so() -> bool:
        return bool(await entries(rig, conversation, Transcribed))
    await eventually(so)
    (only,) = await entries(rig, conversation, Transcribed)
    assert isinstance(only.entry, Transcribed)
    return only.entry


async def test_a_talk_is_written_down_with_who_said_what_and_when(writing: Rig, tmp_path: Path) -> None:
    # SE-04, MC-05
    conversation, kept = await recorded(writing, tmp_path, SAID)
    entry = await written(writing, conversation)
    assert entry.record == kept.id
    assert list(entry.lines) == LINES
    assert not entry.why

    async def found() -> bool:
        return [hit.record.entry for hit in await writing.store.find("загранпаспорта")] == [entry]
    await eventually(found)
    assert await writing.message_intake.transcript(conversation, 0) == [
        each for each in await writing.store.records(conversation, limit=1000) if isinstance(each.entry, Message) and not each.entry.internal]


async def test_a_talk_that_is_told_twice_is_kept_and_written_down_once(writing: Rig, tmp_path: Path) -> None:
    # CH-06
    conversation, _ = await recorded(writing, tmp_path, SAID)
    await written(writing, conversation)
    await writing.recordings.keep(talk(tmp_path, conversation, SAID))

    async def nothing_owed() -> bool:
        return not [mark for mark in await writing.store.all(Bookmark) if mark.key.startswith("transcript/")]
    await eventually(nothing_owed)
    assert len(await entries(writing, conversation, Transcribed)) == 1


@pytest.mark.parametrize(("sound", "why"), [
    (NOISE, "запись не читается"), (POISON, "распознавание не справилось с этой записью"), (SILENCE, "слов не слышно")])
async def test_why_there_is_no_transcript_is_told(writing: Rig, tmp_path: Path, sound: str, why: str) -> None:
    # MC-05
    conversation, _ = await recorded(writing, tmp_path, sound)
    entry = await written(writing, conversation)
    assert (entry.lines, entry.why) == ((), why)


async def test_what_was_not_written_down_before_a_crash_is_taken_up_again(store: Store, clock: Clock, drawer: Drawer, tmp_path: Path) -> None:
    # CH-06: the first hub has no recogniser running, as if it had died over the talk
    rig = await Rig(store, clock, files=drawer).start()
    conversation, kept = await recorded(rig, tmp_path, SAID)
    await store.put(Bookmark(f"transcript/{kept.id}", str(conversation)))
    await rig.stop()
    for _ in range(2):
        rig = await Rig(store, clock, await store.newest(), files=drawer, transcribe=TRANSCRIBE).start()
        await written(rig, conversation)
        await rig.stop()


class Locked(Drawer):
    """Files whose key is away."""

    away = True

    async def get(self, file: str) -> bytes | None:
        if self.away:
            raise SealedError("the key is not there")
        return await super().get(file)


async def test_a_talk_whose_key_is_away_is_written_down_when_it_is_back(store: Store, clock: Clock, tmp_path: Path) -> None:
    # SE-04
    locked = Locked()
    rig = await Rig(store, clock, files=locked, transcribe=TRANSCRIBE).start()
    conversation, _ = await recorded(rig, tmp_path, SAID)
    locked.away = False
    assert list((await written(rig, conversation)).lines) == LINES
    await rig.stop()


def recordings(rig: Rig) -> FileRetention:
    return FileRetention("recordings", rig.sequencer, rig.store, rig.files, timedelta(days=30))


async def due_in(rig: Rig) -> list[Expired]:
    return [each async for each in recordings(rig).over()]


async def test_a_recording_is_deleted_when_its_term_is_over(rig: Rig, tmp_path: Path, clock: Clock) -> None:
    # SE-04
    conversation, kept = await recorded(rig, tmp_path, SAID)
    assert isinstance(kept.entry, Message)
    (sound,) = kept.entry.attachments
    clock.forward(29 * 86400)
    assert await due_in(rig) == []
    clock.forward(2 * 86400)
    (due,) = await due_in(rig)
    await recordings(rig).end([due])
    assert await rig.files.get(sound.file) is None
    assert await rig.store.all(Upload) == []
    (gone,) = await entries(rig, conversation, Deleted)
    assert gone.entry == Deleted(clock(), kept.id, sound.file)
    assert next(audit_entry.what for _, audit_entry in await rig.store.audit_entries()) == "deleted_by_term"
    assert kept in await rig.store.records(conversation, limit=1000)  # what was there is told for ever
    assert await due_in(rig) == []


async def test_what_is_held_back_is_not_deleted(rig: Rig, tmp_path: Path, clock: Clock) -> None:
    # SE-04
    conversation, _ = await recorded(rig, tmp_path, SAID)
    clock.forward(31 * 86400)
    await rig.store.put(Hold(str(conversation), clock(), "boss", "запрос суда"))
    assert await due_in(rig) == []
    await rig.store.drop(Hold, str(conversation))
    assert len(await due_in(rig)) == 1


class Failing(Drawer):
    """A disk from which nothing can be deleted at first."""

    broken = True

    async def drop(self, file: str) -> None:
        if self.broken:
            raise OSError("read-only file system")
        await super().drop(file)


async def test_a_deletion_that_breaks_off_is_told_once_and_done_later(store: Store, clock: Clock, tmp_path: Path) -> None:
    # CH-06
    disk = Failing()
    rig = await Rig(store, clock, files=disk).start()
    conversation, kept = await recorded(rig, tmp_path, SAID)
    assert isinstance(kept.entry, Message)
    clock.forward(31 * 86400)
    (due,) = await due_in(rig)
    with pytest.raises(OSError, match="read-only"):
        await recordings(rig).end([due])
    disk.broken = False
    assert await due_in(rig) == [due]
    await recordings(rig).end([due])
    assert len(await entries(rig, conversation, Deleted)) == 1
    assert await disk.get(kept.entry.attachments[0].file) is None
    await rig.stop()


async def test_a_file_that_another_conversation_has_stays(rig: Rig, tmp_path: Path, clock: Clock) -> None:
    # SE-04: two talks of the same silence
    conversation, kept = await recorded(rig, tmp_path, SAID)
    assert isinstance(kept.entry, Message)
    file = kept.entry.attachments[0].file
    clock.forward(20 * 86400)
    other = await rig.waiting(who="another")
    await rig.recordings.keep(talk(tmp_path, other, SAID, "2"))
    clock.forward(11 * 86400)
    (due,) = await due_in(rig)
    assert due.conversation == conversation
    await recordings(rig).end([due])
    assert await rig.files.get(file) is not None
    clock.forward(20 * 86400)
    (due,) = await due_in(rig)
    await recordings(rig).end([due])
    assert await rig.files.get(file) is None


async def test_the_hub_looks_by_itself(rig: Rig, tmp_path: Path, clock: Clock) -> None:
    # SE-04
    await recorded(rig, tmp_path, SAID)
    clock.forward(31 * 86400)
    daily = Retention([recordings(rig)])
    await daily.start()

    async def gone() -> bool:
        return not await rig.store.all(Upload)
    await eventually(gone)
    await daily.close()


async def test_a_store_that_is_away_loses_no_recording(rig: Rig, tmp_path: Path) -> None:
    # CH-06
    conversation = await rig.waiting()
    live = await rig.sequencer.load(conversation)
    live.broken = True
    live.under_way[0] = []
    with pytest.raises(StoreError):
        await rig.recordings.keep(talk(tmp_path, conversation, SAID))
    live.under_way.clear()
    await rig.recordings.keep(talk(tmp_path, conversation, SAID))
    assert len([each for each in await entries(rig, conversation, Message) if isinstance(each.entry, Message) and each.entry.attachments]) == 1
