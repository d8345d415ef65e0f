"""A real media process between a hub's link and an Asterisk that the test plays byte by byte."""

import asyncio
import os
import signal
import sys
import wave
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from io import BytesIO
from pathlib import Path
from uuid import UUID, uuid4

import av
import numpy as np
import pytest

from channels.voice.media.audiosocket import CALL, FRAME_BYTES, FRAME_S, HANG_UP, RATE, SOUND, Frame, Frames, frame
from channels.voice.media.caller import wav
from channels.voice.media.link import MOST, MediaLink, MediaLinks
from channels.voice.media.messages import MediaSettings
from channels.voice.media.stream import MediaLostError
from hub.kernel.errors import UnavailableError
from tests.channels.line import PATIENCE_S
from tests.rig import eventually
from tests.whisper import VOICE

SILENT_S = 1.0


def citizen() -> bytes:
    """A recorded voice at 8 kHz."""
    resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE)
    with av.open(str(VOICE)) as file:
        return b"".join(piece.to_ndarray().tobytes() for each in file.decode(audio=0) for piece in resampler.resample(each))


class Asterisk:
    """One call's end of AudioSocket. It sends sound as fast as it is told to: the media process counts frames, not seconds."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer, self._frames = reader, writer, Frames()

    def says(self, sound: bytes) -> None:
        for at in range(0, len(sound), FRAME_BYTES):
            self._writer.write(frame(SOUND, sound[at:at + FRAME_BYTES]))

    def sends(self, *frames: Frame) -> None:
        for each in frames:
            self._writer.write(frame(each.kind, each.content))

    async def hears(self, samples: int) -> bytes:
        """So many samples that are not silence."""
        heard = b""
        async with asyncio.timeout(PATIENCE_S):
            while len(heard) < 2 * samples:
                heard += b"".join(each.content for each in self._frames.take(await self._reader.read(1 << 16)) if any(each.content))
        return heard

    async def let_go(self) -> list[Frame]:
        """Wait for the end, however it comes: the last frame, if any."""
        frames: list[Frame] = []
        with suppress(ConnectionError):
            async with asyncio.timeout(PATIENCE_S):
                while data := await self._reader.read(1 << 16):
                    frames += self._frames.take(data)
        return frames[-1:]

    def hang_up(self) -> None:
        self._writer.close()


class Robot:
    """channels.voice.media.stream.Listener."""

    def __init__(self, *, understands: bool = False) -> None:
        self.times, self._understands = 0, understands
        self.paused: list[bytes] = []

    def began(self) -> None:
        self.times += 1

    async def complete(self, sound: bytes) -> bool:
        self.paused.append(sound)
        return self._understands


@pytest.fixture
async def link() -> AsyncIterator[MediaLink]:
    one = MediaLink("", MediaSettings())
    keeping = asyncio.create_task(one.keep())
    try:
        await is_so(lambda: one.up)
        yield one
    finally:
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)


async def is_so(holds: Callable[[], bool]) -> None:
    async def so() -> bool:
        return holds()
    await eventually(so)


@asynccontextmanager
async def line(address: str, call: str) -> AsyncIterator[Asterisk]:
    host, _, port = address.rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(frame(CALL, UUID(call).bytes))
    try:
        yield Asterisk(reader, writer)
    finally:
        writer.close()


def tone(folder: Path, seconds: float) -> str:
    """A prompt, without its extension."""
    samples = (8000 * np.sin(np.arange(round(seconds * RATE)) / 3)).astype(np.int16)
    (folder / "tone.wav").write_bytes(wav(samples.tobytes()))
    return str(folder / "tone")


async def test_what_is_played_arrives_in_time_and_whole(link: MediaLink, tmp_path: Path) -> None:
    stream = link.stream(Robot())
    async with line(stream.address, stream.call) as asterisk:
        await stream.connected()
        began, half = asyncio.get_running_loop().time(), tone(tmp_path, 0.5)
        for _ in range(2):
            stream.play(half)
        heard = np.frombuffer(await asterisk.hears(RATE), np.int16)
        await stream.played()
        took = asyncio.get_running_loop().time() - began
    assert len(heard) == pytest.approx(RATE, abs=FRAME_BYTES)
    assert took >= 1.0 - 3 * FRAME_S


async def test_an_utterance_is_found_and_stops_what_is_played(link: MediaLink, tmp_path: Path) -> None:
    # CH-07
    robot = Robot()
    stream = link.stream(robot)
    async with line(stream.address, stream.call) as asterisk:
        await stream.connected()
        stream.play(tone(tmp_path, 60))
        await asterisk.hears(160)
        said, silence = citizen(), bytes(round(2 * RATE * SILENT_S))
        asterisk.says(silence + said + silence)
        utterance = await stream.utterance(PATIENCE_S)
    assert robot.times == 1
    assert utterance is not None
    with wave.open(BytesIO(utterance)) as sound:
        assert (sound.getframerate(), sound.getnchannels()) == (RATE, 1)
        assert sound.getnframes() == pytest.approx(len(said) / 2, abs=RATE)


async def test_a_whole_sentence_ends_the_turn_before_a_long_pause(link: MediaLink) -> None:
    # CH-07
    lasted_s = []
    for understands in (False, True):
        robot = Robot(understands=understands)
        stream = link.stream(robot)
        async with line(stream.address, stream.call) as asterisk:
            await stream.connected()
            began = asyncio.get_running_loop().time()
            asterisk.says(citizen())
            utterance = await stream.utterance(PATIENCE_S)
            lasted_s.append(asyncio.get_running_loop().time() - began)
        assert robot.paused[-1] == utterance
    assert lasted_s[1] < lasted_s[0] - 0.3


async def test_a_telephone_that_sends_no_silence_has_finished_all_the_same(link: MediaLink) -> None:
    stream = link.stream(Robot())
    async with line(stream.address, stream.call) as asterisk:
        await stream.connected()
        asterisk.says(citizen())
        assert await stream.utterance(PATIENCE_S)


async def test_silence_and_a_file_that_is_missing_are_told(link: MediaLink) -> None:
    stream = link.stream(Robot())
    async with line(stream.address, stream.call):
        await stream.connected()
        assert await stream.utterance(0.1) is None
        stream.play("/nowhere")
        with pytest.raises(UnavailableError, match="nowhere"):
            await stream.played()


async def test_a_released_call_is_handed_back(link: MediaLink) -> None:
    stream = link.stream(Robot())
    async with line(stream.address, stream.call) as asterisk:
        await stream.connected()
        stream.release()
        assert await asterisk.let_go() == [Frame(HANG_UP)]
        with pytest.raises(MediaLostError):
            await stream.ended()


async def test_who_hangs_up_ends_the_stream(link: MediaLink) -> None:
    stream = link.stream(Robot())
    async with line(stream.address, stream.call) as asterisk:
        await stream.connected()
        asterisk.hang_up()
        with pytest.raises(MediaLostError):
            await stream.utterance(PATIENCE_S)


async def test_only_expected_calls_are_taken(link: MediaLink) -> None:
    # ASVS 5.0 4.4.1: AudioSocket has no password
    stream = link.stream(Robot())
    async with line(stream.address, str(uuid4())) as stranger:
        assert await stranger.let_go() == []
    async with line(stream.address, stream.call), line(stream.address, stream.call) as second:
        assert await second.let_go() == []


async def test_a_media_process_that_dies_loses_its_calls_and_is_started_again(link: MediaLink) -> None:
    # CH-06
    stream, pid = link.stream(Robot()), link.pid
    async with line(stream.address, stream.call) as asterisk:
        await stream.connected()
        os.kill(pid, signal.SIGKILL)
        with pytest.raises(MediaLostError):
            await stream.utterance(PATIENCE_S)
        await asterisk.let_go()
    await is_so(lambda: link.up and link.pid != pid)


async def test_a_media_process_that_hangs_is_given_up(link: MediaLink) -> None:
    # CH-06
    stream, pid = link.stream(Robot()), link.pid
    async with line(stream.address, stream.call) as asterisk:
        await stream.connected()
        os.kill(pid, signal.SIGSTOP)
        with pytest.raises(MediaLostError):
            await stream.ended()
        await asterisk.let_go()


async def test_a_hub_that_goes_gives_its_calls_back() -> None:
    # CH-06: else Asterisk would not notice it, and the caller would hear nothing
    one = MediaLink("", MediaSettings())
    keeping = asyncio.create_task(one.keep())
    await is_so(lambda: one.up)
    stream = one.stream(lambda: None)
    async with line(stream.address, stream.call) as asterisk:
        await stream.connected()
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)
        await asterisk.let_go()


async def test_keys_prolong_the_time_to_begin(link: MediaLink) -> None:
    # CH-10: a number is typed for longer than silence is allowed
    loop, stream = asyncio.get_running_loop(), link.stream(Robot())
    loop.call_later(0.5, stream.keyed)
    began_s = loop.time()
    assert await stream.utterance(1.0) is None
    assert loop.time() - began_s >= 1.4


@asynccontextmanager
async def okno_media(control: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "okno", "media", "--control", str(control))
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def test_processes_that_others_start_share_the_calls(tmp_path: Path) -> None:
    # CH-06: one is restarted, and taken up again
    first, second = tmp_path / "1.sock", tmp_path / "2.sock"
    links = MediaLinks((str(first), str(second)), MediaSettings())
    working = asyncio.create_task(links.work())
    try:
        async with okno_media(first) as process:
            async with okno_media(second):
                await is_so(lambda: all(link.up for link in links.links))
                used = [link for _ in range(4) if (link := links.free()) is not None and link.stream(Robot())]
                assert sorted(used.count(link) for link in links.links) == [2, 2]
                assert oct(first.stat().st_mode & 0o777) == "0o660"
            await is_so(lambda: links.free() is links.links[0] and not links.links[1].up)
            while links.links[0].calls < MOST:
                links.links[0].stream(lambda: None)
            assert links.free() is None
            process.kill()
            await is_so(lambda: links.free() is None)
        async with okno_media(first):
            await is_so(lambda: links.free() is links.links[0])
    finally:
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
