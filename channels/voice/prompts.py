"""What callers hear: texts spoken by a synthesizer, each once, and kept as files that Asterisk plays.

RHVoice is a program of its own (its Russian voice Elena is GPL, like the program): it is called, never linked.
"""

import asyncio
import hashlib
import wave
from collections.abc import Iterable, Sequence
from pathlib import Path

import av
import numpy as np

from hub.errors import UnavailableError

RATE = 8000
"""What a telephone carries (ITU-T G.711)."""
LONGEST_S = 30.0
"""A synthesizer that takes longer for one text is stuck."""
AT_ONCE = 2
RHVOICE = ("RHVoice-test", "-p", "elena")
"""Reads a text from its input, and writes the file that follows `-o`."""


class Prompts:
    """Texts as sounds, in a folder that Asterisk can read."""

    def __init__(self, folder: Path, command: Sequence[str] = RHVOICE) -> None:
        self._folder, self._command = folder, tuple(command)
        self._under_way: dict[str, asyncio.Task[None]] = {}
        self._room = asyncio.Semaphore(AT_ONCE)

    async def sound(self, text: str) -> str:
        """The file of a spoken text, without its ending, as Asterisk wants it; raises UnavailableError where nothing speaks."""
        name = name_of(text, self._command)
        if not (self._folder / f"{name}.wav").exists():
            # Whoever asks for the same text meanwhile waits for the same sound; who hangs up meanwhile stops nobody else's.
            task = self._under_way.get(name)
            if task is None:
                task = self._under_way[name] = asyncio.create_task(self._speak(text, name))
                task.add_done_callback(lambda _: self._under_way.pop(name, None))
            await asyncio.shield(task)
        return str(self._folder / name)

    async def _speak(self, text: str, name: str) -> None:
        draft, spoken = self._folder / f"{name}.part", self._folder / f"{name}.24k"
        async with self._room:
            try:
                await self._run(text, spoken)
                await asyncio.to_thread(_for_telephones, spoken, draft)
            except (OSError, TimeoutError, av.FFmpegError) as error:
                message = f"речь не синтезирована: {error!r}"
                raise UnavailableError(message) from error
            finally:
                spoken.unlink(missing_ok=True)
        draft.replace(self._folder / f"{name}.wav")

    async def _run(self, text: str, spoken: Path) -> None:
        process = await asyncio.create_subprocess_exec(
            *self._command, "-o", str(spoken), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE)
        try:
            async with asyncio.timeout(LONGEST_S):
                _, complaint = await process.communicate(text.encode())
        finally:
            if process.returncode is None:
                process.kill()
        if process.returncode:
            raise OSError(process.returncode, complaint.decode("utf8", "replace").strip())


def name_of(text: str, command: Sequence[str] = RHVOICE) -> str:
    """Of the file of a text, without its ending."""
    return hashlib.sha256("\0".join((*command, text)).encode()).hexdigest()[:40]


def folders(of: Iterable[str]) -> dict[str, Prompts]:
    """Exchanges that share a folder share what is spoken into it."""
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
