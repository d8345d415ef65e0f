"""The sound of one call, without sockets: what the caller says becomes turns, what is played becomes frames of 20 ms."""

import math
import wave
from collections import deque
from io import BytesIO

import numpy as np
from numpy.typing import NDArray

from channels.voice.media.audiosocket import FRAME_BYTES, RATE
from channels.voice.media.messages import Began, Paused, Played, Uttered
from channels.voice.media.turns import Turn, Turns
from channels.voice.media.voice_activity import FRAME, VoiceActivity

SAMPLE_BYTES = 2
BEFORE = 16
"""Frames of 32 ms that are kept from before the moment when a turn is noticed: its first sounds are among them."""
ECHO = 15
"""Frames of 20 ms in which an echo comes back."""
FULL_SCALE = 1 << 15
QUIET = 1e-6

Told = Began | Paused | Uttered | Played


class Caller:
    """`call` is its UUID."""

    def __init__(self, call: str) -> None:
        self.call = call
        self._voice, self._turns = VoiceActivity(), Turns()
        self._incoming = bytearray()
        self._before: deque[bytes] = deque(maxlen=BEFORE)
        self._said: list[bytes] = []
        """Frames of the current turn."""
        self._pause, self._until_pause = 0, b""
        """The number of the last pause, and what was said until then."""
        self._playing: deque[tuple[int, bytes]] = deque()
        self._at = 0
        """Bytes of the first file that were played."""
        self._played_db: deque[float] = deque(maxlen=ECHO)

    @property
    def speaking(self) -> bool:
        return self._turns.speaking

    def hear(self, sound: bytes) -> list[Told]:
        """What follows from more of the caller's sound. A turn stops what is played."""
        self._incoming += sound
        size, told = FRAME * SAMPLE_BYTES, list[Told]()
        while len(self._incoming) >= size:
            told += self._frame(bytes(self._incoming[:size]))
            del self._incoming[:size]
        return told

    def complete(self, pause: int) -> None:
        """The turn ends soon, unless the caller has gone on since."""
        if pause == self._pause and self._turns.pausing:
            self._turns.complete()

    def play(self, part: int, sound: bytes) -> None:
        """Samples of 8 kHz, after those before."""
        self._playing.append((part, sound))

    def stop(self) -> None:
        self._playing.clear()
        self._at = 0

    def speak(self) -> tuple[bytes, list[Told]]:
        """The next 20 ms for the caller, and the files that have ended with them."""
        frame, told = b"", list[Told]()
        while self._playing and len(frame) < FRAME_BYTES:
            part, sound = self._playing[0]
            piece = sound[self._at:self._at + FRAME_BYTES - len(frame)]
            frame += piece
            self._at += len(piece)
            if self._at >= len(sound):
                self._playing.popleft()
                self._at = 0
                told.append(Played(self.call, part))
        self._played_db.append(_level_db(_samples(frame)) if frame else -math.inf)
        return frame.ljust(FRAME_BYTES, b"\0"), told

    def _frame(self, frame: bytes) -> list[Told]:
        samples = _samples(frame)
        turn = self._turns.take(self._voice.probability(samples), _level_db(samples), max(self._played_db, default=-math.inf))
        if turn is Turn.BEGAN:
            self._said = [*self._before, frame]
            self.stop()
            return [Began(self.call)]
        if turn is Turn.ENDED:
            sound = self._until_pause if self._turns.pausing else wav(b"".join([*self._said, frame]))
            self._said, self._until_pause = [], b""
            self._before.clear()
            return [Uttered(self.call, sound)]
        if not self._turns.speaking:
            self._before.append(frame)
            return []
        self._said.append(frame)
        if turn is not Turn.PAUSED:
            return []
        self._pause, self._until_pause = self._pause + 1, wav(b"".join(self._said))
        return [Paused(self.call, self._pause, self._until_pause)]


def _samples(frame: bytes) -> NDArray[np.float32]:
    return np.frombuffer(frame, np.int16).astype(np.float32) / np.float32(FULL_SCALE)


def _level_db(samples: NDArray[np.float32]) -> float:
    return 10 * math.log10(float(np.mean(samples * samples)) + QUIET**2)


def wav(sound: bytes) -> bytes:
    content = BytesIO()
    with wave.open(content, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(SAMPLE_BYTES)
        file.setframerate(RATE)
        file.writeframes(sound)
    return content.getvalue()


def samples_of(path: str) -> bytes:
    """Of a WAV file for telephones; raises OSError, EOFError or wave.Error."""
    with wave.open(path, "rb") as file:
        if (file.getnchannels(), file.getsampwidth(), file.getframerate()) != (1, SAMPLE_BYTES, RATE):
            raise wave.Error("not 8000 samples of 16 bits a second")
        return file.readframes(file.getnframes())
