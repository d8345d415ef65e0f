"""Talks are recorded by a real Asterisk and kept by the hub: both voices, once, and nobody listens unseen (SE-04, MC-05)."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from channels.voice.prompts import Prompts
from channels.voice.recorder import SECOND
from hub.conversations.conversation import WithOperator
from hub.conversations.journal import Transcribed
from hub.conversations.message import Author, Message
from storage.keys.file import KeyFile
from tests.channels.line import PATIENCE_S
from tests.channels.voice.test_telephone import CENTRE, Switchboard
from tests.house import Clerk, people
from tests.paper import near
from tests.peers.asterisk import Asterisk
from tests.peers.scenarios import press, speak, wait
from tests.peers.sipp import Sipp, Town, town
from tests.rig import eventually
from tests.whisper import SAID, whole_model

pytestmark = pytest.mark.peers

CALLER_HZ, OPERATOR_HZ = 440, 1100
RECORDING = CENTRE.rstrip().removesuffix("}}") + ", records = true }}\n"


@pytest.fixture
async def around(exchange: Asterisk, tmp_path: Path) -> AsyncIterator[Town]:
    for name in ("sounds", "recordings"):
        (exchange.base / name).mkdir(exist_ok=True)
    async with town(exchange, tmp_path, ends_calls=True) as those:
        yield those


@asynccontextmanager
async def open_hub(exchange: Asterisk, around: Town, folder: Path, config: str = RECORDING) -> AsyncIterator[Switchboard]:
    config = config.format(base=exchange.base, ami=exchange.ami, hub=exchange.hub)
    async with near(folder, config) as (house, hub), people(house) as crowd:
        yield Switchboard(hub, crowd, await crowd.admin(), around, exchange)


async def talk(board: Switchboard, number: str) -> tuple[Clerk, Sipp]:
    """Somebody speaks at 440 Hz with an operator who speaks at 1100 Hz, until the hub ends it."""
    clerk = await board.operator("op1")
    await board.town.answers("op1", speak(board.town.sound(hz=OPERATOR_HZ)))
    return clerk, await board.town.calls(wait(2), press("0"), speak(board.town.sound(hz=CALLER_HZ)), number=number)


async def taped(exchange: Asterisk, size: int) -> int:
    """Wait until so many bytes of the talk are on the disk; gives how many there are."""
    def sizes() -> list[int]:
        return [path.stat().st_size for path in (exchange.base / "recordings").glob("*_*.raw")]

    async def so() -> bool:
        return any(each >= size for each in sizes())
    async with asyncio.timeout(PATIENCE_S):
        await eventually(so)
    return max(sizes())


async def ended(clerk: Clerk, conversation: int, citizen: Sipp) -> None:
    """Nobody is left in Asterisk who would be the next test's caller."""
    assert (await clerk.act(str(conversation), "close", {"topic": "other"}))[0] == 200
    await citizen.over()


async def recordings(board: Switchboard, number: str) -> list[Message]:
    return [entry for entry in await board.journal(number) if isinstance(entry, Message) and entry.author is Author.SYSTEM and entry.attachments]


async def recorded(board: Switchboard, number: str) -> Message:
    async def so() -> bool:
        return bool(await recordings(board, number))
    async with asyncio.timeout(PATIENCE_S):
        await eventually(so)
    (only,) = await recordings(board, number)
    return only


def voices(sound: bytes) -> "np.ndarray[tuple[int, int], np.dtype[np.int16]]":
    """What the caller said, and what he heard."""
    with av.open(BytesIO(sound)) as file:
        assert file.streams.audio[0].codec_context.sample_rate == SECOND // 4
        frames = [frame.to_ndarray().reshape(-1, 2) for frame in file.decode(audio=0)]
    return np.concatenate(frames).T


def pitch(samples: "np.ndarray[tuple[int], np.dtype[np.int16]]") -> float:
    """The loudest frequency, in Hz."""
    return float(np.argmax(np.abs(np.fft.rfft(samples)))) * (SECOND // 4) / len(samples)


async def test_both_voices_are_kept_apart_and_once(exchange: Asterisk, around: Town, tmp_path: Path) -> None:
    # SE-04, MC-05
    number = "+79160000021"
    async with open_hub(exchange, around, tmp_path) as board:
        clerk, citizen = await talk(board, number[1:])
        head = await board.becomes(number, WithOperator)
        await taped(exchange, 3 * SECOND)
        await ended(clerk, head.id, citizen)
        entry = await recorded(board, number)
        assert entry.internal
        assert entry.text.startswith("Запись разговора, 0:0")
        (attachment,) = entry.attachments
        sound = await board.admin.does("GET", f"/api/files/{attachment.file}?conversation={head.id}")
        said, heard = voices(sound)
        assert len(said) > 2 * SECOND // 4
        assert abs(pitch(said) - CALLER_HZ) < 5
        assert abs(pitch(heard) - OPERATOR_HZ) < 5
        deeds = await board.admin.does("GET", "/api/audit")
        assert [(deed["by"], deed["about"]) for deed in deeds if deed["what"] == "listened"] == [("admin", str(head.id))]
        assert not list((exchange.base / "recordings").glob("*.talk"))


async def test_nothing_is_recorded_unless_it_is_asked_for(exchange: Asterisk, around: Town, tmp_path: Path) -> None:
    async with open_hub(exchange, around, tmp_path, CENTRE) as board:
        clerk, citizen = await talk(board, "79160000022")
        head = await board.becomes("+79160000022", WithOperator)
        await board.joined()
        status, answer = await clerk.act(str(head.id), "recording", {"paused": True})
        assert (status, answer["error"]) == (409, "not_recorded")
        await ended(clerk, head.id, citizen)
        assert not list((exchange.base / "recordings").glob("*_*"))


async def test_what_is_said_while_it_is_paused_is_left_out(exchange: Asterisk, around: Town, tmp_path: Path) -> None:
    # SE-04
    number = "+79160000023"
    async with open_hub(exchange, around, tmp_path) as board:
        clerk, citizen = await talk(board, number[1:])
        head = await board.becomes(number, WithOperator)
        await board.joined()

        async def pauses(paused: bool) -> bool:
            return (await clerk.act(str(head.id), "recording", {"paused": paused}))[0] == 200
        async with asyncio.timeout(PATIENCE_S):
            await eventually(lambda: pauses(paused=True))
        # As much again, and what may have been on its way.
        await taped(exchange, 2 * await taped(exchange, SECOND) + SECOND)
        await ended(clerk, head.id, citizen)
        entry = await recorded(board, number)
        sound = await board.admin.does("GET", f"/api/files/{entry.attachments[0].file}?conversation={head.id}")
        half = [voice[len(voice) // 2:] for voice in voices(sound)]
        assert [int(np.abs(voice.astype(int)).max()) for voice in half] == [0, 0]
        notes = [each for each in await board.journal(number) if isinstance(each, Message) and each.by == "op1"]
        assert [note.text for note in notes] == ["Запись приостановлена."]


async def tape(board: Switchboard, number: str) -> object:
    """What the desk shows of the recording that goes on."""
    head = await board.call(number)
    return (await board.admin.does("GET", f"/api/conversations/{head.id}"))["conversation"]["recording"]


async def becomes(board: Switchboard, number: str, state: Callable[[Any], bool]) -> Any:
    async def so() -> bool:
        return state(await tape(board, number))
    async with asyncio.timeout(PATIENCE_S):
        await eventually(so)
    return await tape(board, number)


async def test_a_pause_outlives_the_hub(exchange: Asterisk, around: Town, tmp_path: Path) -> None:
    # SE-04, CH-06: paused by one hub, resumed by the next, taken up by it though the caller hangs up without a word to it
    number = "+79160000025"
    async with open_hub(exchange, around, tmp_path) as board:
        clerk = await board.operator("op1")
        await around.answers("op1", speak(around.sound(hz=OPERATOR_HZ)))
        citizen = await around.calls(
            wait(2), press("0"), speak(around.sound(hz=CALLER_HZ)), wait(25), number=number[1:], hangs_up=True)
        head = await board.becomes(number, WithOperator)
        await board.joined()
        assert await becomes(board, number, bool) == {"paused": None}

        async def pauses() -> bool:
            return (await clerk.act(str(head.id), "recording", {"paused": True}))[0] == 200
        async with asyncio.timeout(PATIENCE_S):
            await eventually(pauses)
        since = (await becomes(board, number, lambda recording: recording["paused"]))["paused"]
        assert (await clerk.act(str(head.id), "recording", {"paused": True}))[0] == 200
        assert await tape(board, number) == {"paused": since}
    async with open_hub(exchange, around, tmp_path) as board:
        assert await becomes(board, number, bool) == {"paused": since}
        await taped(exchange, await taped(exchange, SECOND) + 2 * SECOND)  # of silence, however quick the hub is
        assert (await board.admin.act(str(head.id), "recording", {"paused": False}))[0] == 200
        assert await tape(board, number) == {"paused": None}
        await citizen.over()
        entry = await recorded(board, number)
        assert await tape(board, number) is None
        said, _ = voices(await board.admin.does("GET", f"/api/files/{entry.attachments[0].file}?conversation={head.id}"))
        loud = [int(np.abs(second.astype(int)).max()) > 1000 for second in np.array_split(said, max(1, len(said) // 2000))]
        assert loud[-1]
        assert False in loud
        assert not list((exchange.base / "recordings").glob("*_*"))


@pytest.mark.smoke
async def test_a_talk_is_sealed_and_written_down(exchange: Asterisk, around: Town, tmp_path: Path) -> None:
    # SE-04, MC-05
    number, base = "+79160000026", exchange.base
    KeyFile(base / "okno.keys").add()
    (base / "model").mkdir()
    prompts = Prompts(tmp_path)
    asks, answers = [Path(await prompts.sound(text)).with_suffix(".wav") for text in (SAID, "Добрый день, слушаю вас.")]
    config = (f'keys = {{{{ driver = "file", settings = {{{{ path = "{base}/okno.keys" }}}} }}}}\n'
              f'speech = {{{{ model = "{whole_model(base / "model")}" }}}}\n{RECORDING}')
    async with open_hub(exchange, around, tmp_path, config) as board:
        clerk = await board.operator("op1")
        await board.town.answers("op1", speak(board.town.sound(answers)))
        citizen = await board.town.calls(wait(2), press("0"), speak(board.town.sound(asks)), number=number[1:])
        head = await board.becomes(number, WithOperator)
        await taped(exchange, 8 * SECOND)
        await ended(clerk, head.id, citizen)
        entry = await recorded(board, number)

        async def written() -> bool:
            return any(isinstance(each, Transcribed) for each in await board.journal(number))
        await eventually(written)
        (told,) = [each for each in await board.journal(number) if isinstance(each, Transcribed)]
        # Which words: tests/bots/test_speech.py; those that a busy SIPp sends are not always to be understood.
        assert told.record
        kept = [path for path in (tmp_path / "data" / "files").rglob("*") if path.name.startswith(entry.attachments[0].file)]
        assert sorted(path.suffix for path in kept) == [".key", ".sealed"]
        assert not any(b"fLaC" in path.read_bytes() for path in kept)


async def test_a_recording_that_waits_for_the_hub_is_taken_up_once(exchange: Asterisk, around: Town, tmp_path: Path) -> None:
    # SE-04, CH-06: the hub dies between the journal and the end of the file
    number = "+79160000024"
    spool = exchange.base / "recordings"
    async with open_hub(exchange, around, tmp_path) as board:
        clerk, citizen = await talk(board, number[1:])
        head = await board.becomes(number, WithOperator)
        await taped(exchange, SECOND)
        await ended(clerk, head.id, citizen)
        entry = await recorded(board, number)
    label = entry.key.removeprefix("recording:")
    (spool / f"{label}.talk").write_bytes(bytes(SECOND))
    torn = spool / f"{head.id}_1.1_1700000000000.raw"
    torn.write_bytes(bytes(SECOND))
    os.utime(torn, (0, 0))
    async with open_hub(exchange, around, tmp_path) as board:
        async def taken() -> bool:
            return not list(spool.glob("*_*"))
        async with asyncio.timeout(PATIENCE_S):
            await eventually(taken)
        keys = [each.key for each in await recordings(board, number)]
        assert keys == [entry.key, f"recording:{head.id}_1.1_1700000000000"]
