"""Prompts for callers: synthesised once, and kept as files for Asterisk.

RHVoice is a separate program (it and its Russian voice Elena are GPL): it is executed, never linked.
"""

import asyncio
import hashlib
import os
import re
import subprocess
import wave
from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import suppress
from functools import lru_cache
from itertools import count
from pathlib import Path

import av
import numpy as np

from channels.voice.shared_files import share
from channels.voice.spoken_text import sentences, spoken
from channels.voice.spoken_text.numerals import cardinal
from hub.kernel.errors import UnavailableError

RATE = 8000
"""Sampling rate of telephony (ITU-T G.711)."""
LONGEST_S = 30.0
"""Time limit of a synthesizer for one text."""
AT_ONCE = 2
LAST = 19
"""nice(2) of what no caller waits for."""
RHVOICE = ("RHVoice-test", "-p", "elena")
"""Reads a text from stdin, and writes the file after `-o`."""
SLOWLY = ("-r", "70")
"""Per cent of the usual speed."""

_COUNT = re.compile(r"(.*:) (\d[\d-]*)\.?")


class Speaking:
    """A text being synthesised. The synthesis stops when no caller waits for it any longer: each has pressed a key or hung up."""

    def __init__(self, attempt: int, nice: int) -> None:
        self.attempt, self._nice = attempt, nice
        """A cancelled attempt may still be writing its files when the text is requested again."""
        self.wanted = 0
        self.task: asyncio.Task[None] | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def begun(self, process: "subprocess.Popen[bytes]") -> None:
        self._process = process
        if self._nice:
            os.setpriority(os.PRIO_PROCESS, process.pid, self._nice)
        self._give_up()

    def left(self) -> None:
        self.wanted -= 1
        self._give_up()

    def _give_up(self) -> None:
        if not self.wanted and self._process is not None:
            self._process.kill()


class Prompts:
    """Texts as sounds, in a folder that Asterisk can read."""

    def __init__(self, folder: Path, command: Sequence[str] = RHVOICE) -> None:
        self._folder, self._command = folder, tuple(command)
        self._under_way: dict[str, Speaking] = {}
        self._room, self._attempts = asyncio.Semaphore(AT_ONCE), count()

    def share(self) -> None:
        """Make files written under another umask readable for Asterisk. Blocking."""
        for path in self._folder.glob("*.wav"):
            with suppress(OSError):  # another account's file: okno voice check reports it if unreadable
                share(path)

    async def sounds(self, text: str, *, slow: bool = False) -> list[str]:
        """The files of a text, in order; raises UnavailableError without a synthesizer."""
        each = await asyncio.to_thread(pieces, text)  # the first number loads a dictionary
        command = self._voice(slow)
        paths = [self._path(command, piece) for piece in each]
        if missing := [piece for piece, path in zip(each, paths, strict=True) if not _there(path)]:
            await asyncio.gather(*(self.sound(piece, slow=slow) for piece in dict.fromkeys(missing)))
        return paths

    async def each(self, text: str, *, slow: bool = False) -> AsyncGenerator[str, None]:
        """The files of a text, each as soon as it is there: while one is played, the next is synthesised. Raises like `sounds`."""
        following: asyncio.Task[str] | None = None
        told = await asyncio.to_thread(pieces, text)
        try:
            for number, piece in enumerate(told, 1):
                ready = await (following or self.sound(piece, slow=slow))
                following = asyncio.create_task(self.sound(told[number], slow=slow)) if number < len(told) else None
                yield ready
        finally:
            if following is not None:
                following.cancel()
                await asyncio.gather(following, return_exceptions=True)

    async def sound(self, text: str, *, slow: bool = False) -> str:
        """The file of a piece as it is spoken, without its extension, as Asterisk requires; raises like `sounds`."""
        command = self._voice(slow)
        path = self._path(command, text)
        if not _there(path):
            await self._spoken(command, text, path)
        return path

    async def prepare(self, texts: Iterable[str]) -> None:
        """Synthesise the first sentence of each text for callers to come: one after the other, at the lowest priority."""
        for text in texts:
            for first in (await asyncio.to_thread(pieces, text))[:1]:
                path = self._path(self._command, first)
                if not _there(path):
                    await self._spoken(self._command, first, path, nice=LAST)

    def _voice(self, slow: bool) -> tuple[str, ...]:  # noqa: FBT001 - as its callers have it
        return (*self._command, *SLOWLY) if slow else self._command

    async def _spoken(self, command: tuple[str, ...], text: str, path: str, *, nice: int = 0) -> None:
        """Callers with the same text share its synthesis; a caller who hangs up stops no other."""
        speaking = self._under_way.get(path)
        if speaking is None:
            speaking = self._under_way[path] = Speaking(next(self._attempts), nice)
            speaking.task = asyncio.create_task(self._speak(command, text, path, speaking))
        assert speaking.task is not None  # noqa: S101 - created here, or by an earlier caller
        speaking.wanted += 1
        try:
            await asyncio.shield(speaking.task)
        finally:
            speaking.left()
            if not speaking.wanted and self._under_way.get(path) is speaking:
                del self._under_way[path]

    def _path(self, command: tuple[str, ...], text: str) -> str:
        return f"{self._folder}/{named((*command, text))}"

    async def _speak(self, command: tuple[str, ...], text: str, path: str, speaking: Speaking) -> None:
        draft, raw = (self._folder / f"{Path(path).name}.{speaking.attempt}.{kind}" for kind in ("part", "24k"))
        async with self._room:
            try:
                if not speaking.wanted:
                    return
                await self._run(command, text, raw, speaking)
                await asyncio.to_thread(_for_telephones, raw, draft)
                share(draft)
            except (OSError, TimeoutError, av.FFmpegError) as error:
                if not speaking.wanted:
                    return
                message = f"речь не синтезирована: {error!r}"
                raise UnavailableError(message) from error
            finally:
                raw.unlink(missing_ok=True)
        draft.replace(f"{path}.wav")

    async def _run(self, command: tuple[str, ...], text: str, raw: Path, speaking: Speaking) -> None:
        # Started by a thread: forking a large process takes tens of milliseconds, which would block the loop.
        process = await asyncio.to_thread(
            subprocess.Popen, [*command, "-o", str(raw)], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        speaking.begun(process)
        try:
            async with asyncio.timeout(LONGEST_S):
                _, complaint = await asyncio.to_thread(process.communicate, text.encode())
        finally:
            process.kill()
        if process.returncode:
            raise OSError(process.returncode, complaint.decode("utf8", "replace").strip())


def _there(path: str) -> bool:
    return os.path.exists(f"{path}.wav")  # noqa: PTH110 - a dozen times a call, and ten times as quick as Path


@lru_cache(4096)
def named(said: tuple[str, ...]) -> str:
    """The name of a sound, from voice and text."""
    return hashlib.sha256("\0".join(said).encode()).hexdigest()[:40]


@lru_cache(1024)
def pieces(text: str) -> tuple[str, ...]:
    """The pieces of a text as they are spoken: its sentences, and a number at the end of a line word by word.

    The first sentence is heard while the next is synthesised, and one that comes again is there already. Each caller hears a new place and
    number: synthesising them takes 0.3 s of a processor, and would leave a file for every call.
    """
    found = list[str]()
    for line in filter(None, text.split("\n")):
        match = _COUNT.fullmatch(line)
        found += [spoken(match[1]), *words_of(match[2])] if match else sentences(spoken(line))
    return tuple(found)


def words_of(number: str) -> list[str]:
    """A number as spoken: 242 in three words, one of four digits and more digit by digit."""
    if len(number) > 3 or not number.isdecimal():  # noqa: PLR2004 - hundreds are the largest words
        return [cardinal(int(digit)) for digit in number if digit.isdecimal()]
    return cardinal(int(number)).split()


def folders(of: Iterable[str]) -> dict[str, Prompts]:
    """Exchanges with the same folder share its sounds."""
    return {folder: Prompts(Path(folder)) for folder in {*of}}


def _for_telephones(spoken: Path, target: Path) -> None:
    resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE)
    with av.open(str(spoken), "r") as source, wave.open(str(target), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(np.dtype(np.int16).itemsize)
        sound.setframerate(RATE)
        for frame in (*source.decode(audio=0), None):
            for piece in resampler.resample(frame):
                sound.writeframes(piece.to_ndarray().tobytes())
