"""What Asterisk has recorded stays until the hub has it, whatever happens in between, and is then kept once (SE-04, CH-06)."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bots.russian import Russian
from channels.voice.ami import Ami, AmiEndpoint
from channels.voice.recorder import FRAME, SECOND, Recorder
from hub.conversations.attachments import Upload
from hub.conversations.message import Message
from hub.conversations.ports import Store
from hub.intake.ports import Intake
from hub.kernel.errors import RefusedError
from hub.telephony.ports import RecordedTalk
from storage.files import FileStore
from storage.keys.file import KeyFile
from storage.sqlite import SqliteStore
from tests.rig import Clock, Rig

CALL, BEGAN_MS = "1700000000.1", 1_700_000_000_000


@pytest.fixture
def keys(tmp_path: Path) -> KeyFile:
    ring = KeyFile(tmp_path / "okno.keys")
    ring.add()
    return ring


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    store = SqliteStore(tmp_path / "okno.db", Russian())
    yield store
    await store.close()


@pytest.fixture
async def sealing(store: Store, tmp_path: Path, keys: KeyFile) -> AsyncIterator[Rig]:
    rig = await Rig(store, Clock(), files=FileStore(tmp_path / "files", keys)).start()
    (tmp_path / "spool").mkdir(mode=0o700)
    yield rig
    await rig.stop()


def recorder(intake: Intake, folder: Path) -> Recorder:
    """Its Asterisk is away."""
    return Recorder(folder / "spool", intake, Ami(AmiEndpoint("127.0.0.1", 1, "okno", ""), lambda _: None))


def talked(folder: Path, conversation: int, ending: str = "talk", more: bytes = b"") -> Path:
    path = folder / "spool" / f"{conversation}_{CALL}_{BEGAN_MS}.{ending}"
    path.write_bytes(os.urandom(2 * SECOND) + more)
    return path


async def kept(rig: Rig, conversation: int) -> list[Message]:
    return [each.entry for each in await rig.store.records(conversation, limit=1000) if isinstance(each.entry, Message) and each.entry.attachments]


def nothing_but(folder: Path, *names: str) -> None:
    assert sorted(path.name for path in (folder / "spool").iterdir()) == sorted(names)


async def test_a_recording_waits_for_its_key(sealing: Rig, tmp_path: Path) -> None:
    # SE-04: the key is gone while the hub runs
    conversation = await sealing.waiting()
    path = talked(tmp_path, conversation)
    (tmp_path / "okno.keys").rename(tmp_path / "away")
    await recorder(sealing.message_intake, tmp_path).collect()
    nothing_but(tmp_path, path.name)
    assert await kept(sealing, conversation) == []
    (tmp_path / "away").rename(tmp_path / "okno.keys")
    await recorder(sealing.message_intake, tmp_path).collect()
    nothing_but(tmp_path)
    (message,) = await kept(sealing, conversation)
    assert message.text == "Запись разговора, 0:02"
    content = await sealing.files.get(message.attachments[0].file)
    assert content is not None
    assert (len(content), content[:4]) == (message.attachments[0].size, b"fLaC")


async def test_a_recording_waits_for_room_on_the_disk(sealing: Rig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # CH-06
    conversation = await sealing.waiting()
    path = talked(tmp_path, conversation)
    with monkeypatch.context() as patch:
        def full(_: int) -> None:
            raise OSError(28, "No space left on device")
        patch.setattr(os, "fsync", full)
        await recorder(sealing.message_intake, tmp_path).collect()
    nothing_but(tmp_path, path.name)
    assert not [each for each in (tmp_path / "files").rglob("*") if each.is_file()]
    await recorder(sealing.message_intake, tmp_path).collect()
    nothing_but(tmp_path)
    assert len(await kept(sealing, conversation)) == 1


class PowerCutError(Exception):
    """As if the power were cut."""


async def test_a_hub_that_dies_after_a_recording_is_stored_stores_it_once(sealing: Rig, tmp_path: Path) -> None:
    # CH-06: between the journal and the end of the file in the spool
    conversation = await sealing.waiting()
    path = talked(tmp_path, conversation)

    class Dying:
        def __getattr__(self, name: str) -> object:
            return getattr(sealing.message_intake, name)

        async def recorded(self, talk: RecordedTalk) -> None:
            await sealing.message_intake.recorded(talk)
            raise PowerCutError
    with pytest.raises(PowerCutError):
        await recorder(Dying(), tmp_path).collect()  # type: ignore[arg-type]  # it is one but for its end
    nothing_but(tmp_path, path.name)
    await recorder(sealing.message_intake, tmp_path).collect()
    nothing_but(tmp_path)
    assert len(await kept(sealing, conversation)) == 1
    assert len(await sealing.store.all(Upload)) == 1


async def test_a_hub_that_dies_after_the_file_is_stored_stores_no_other(sealing: Rig, tmp_path: Path) -> None:
    # CH-06: between the file and the journal
    conversation = await sealing.waiting()
    talked(tmp_path, conversation)
    live = await sealing.sequencer.load(conversation)
    live.broken, live.under_way[0] = True, []
    await recorder(sealing.message_intake, tmp_path).collect()
    live.under_way.clear()
    await recorder(sealing.message_intake, tmp_path).collect()
    nothing_but(tmp_path)
    assert len(await kept(sealing, conversation)) == 1
    assert len(list((tmp_path / "files").rglob("*.sealed"))) == 1


async def test_a_torn_file_is_taken_to_its_last_whole_sample(sealing: Rig, tmp_path: Path) -> None:
    # CH-06: Asterisk has died
    conversation = await sealing.waiting()
    path = talked(tmp_path, conversation, "raw", b"\1" * (FRAME - 1))
    await recorder(sealing.message_intake, tmp_path).salvage({CALL.replace("1", "2")})
    nothing_but(tmp_path, path.name)  # it may be written to still
    os.utime(path, (0, 0))
    await recorder(sealing.message_intake, tmp_path).salvage(set())
    nothing_but(tmp_path)
    assert [message.text for message in await kept(sealing, conversation)] == ["Запись разговора, 0:02"]


async def test_what_is_none_of_ours_lies_where_it_was(sealing: Rig, tmp_path: Path) -> None:
    conversation = await sealing.waiting()
    talked(tmp_path, conversation)
    (tmp_path / "spool" / "foreign.talk").write_bytes(b"x")
    (tmp_path / "spool" / f"{conversation + 1}_{CALL}_{BEGAN_MS}.talk").write_bytes(bytes(SECOND))
    await recorder(sealing.message_intake, tmp_path).collect()
    nothing_but(tmp_path, "foreign.talk", f"{conversation + 1}_{CALL}_{BEGAN_MS}.talk")
    assert len(await kept(sealing, conversation)) == 1


async def test_while_asterisk_is_away_nothing_is_paused(sealing: Rig, tmp_path: Path) -> None:
    # SE-04
    conversation = await sealing.waiting()
    recording = recorder(sealing.message_intake, tmp_path)
    with pytest.raises(RefusedError):
        await recording.pause(conversation, paused=True)
    recording.begin(conversation, CALL)
    with pytest.raises(RefusedError):
        await recording.pause(conversation, paused=True)
    tape = recording.taping(conversation)
    assert tape is not None
    assert tape.paused is None
    assert not await recording.end(conversation)
    assert recording.taping(conversation) is None


@pytest.mark.parametrize(("mode", "safe"), [(0o700, True), (0o770, True), (0o755, False), (0o701, False)])
async def test_a_folder_that_all_may_read_is_told(sealing: Rig, tmp_path: Path, mode: int, safe: bool) -> None:
    # SE-04
    (tmp_path / "spool").chmod(mode)
    assert (recorder(sealing.message_intake, tmp_path).trouble() == "") == safe
    (tmp_path / "spool").rmdir()
    assert "No such file" in recorder(sealing.message_intake, tmp_path).trouble()
