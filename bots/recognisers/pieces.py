"""Sounds for engines that take a piece of speech at a time: cut at silence, and the words put together again."""

from collections.abc import Callable, Iterator

import av
from faster_whisper.vad import VadOptions, get_speech_timestamps  # type: ignore[import-untyped]  # its types are not marked (PEP 561)
from numpy import float32
from numpy.typing import NDArray

from bots.speech import RATE, decoded
from hub.conversations.journal import TranscriptLine
from hub.conversations.message import Author

Samples = NDArray[float32]
Hear = Callable[[Samples], str]
"""The words of a piece of RATE samples a second."""
CUT = VadOptions(max_speech_duration_s=20, min_silence_duration_ms=500)
"""GigaAM and T-one were taught with pieces of up to 25 s."""


def words_of(hear: Hear, sound: bytes) -> str:
    """Of a file of any format that bots.speech reads. Raises ValueError for an invalid sound."""
    samples, = _voices(sound, 1)
    return " ".join(words for _, words in _pieces(hear, samples))


def lines_of(hear: Hear, sound: bytes) -> list[TranscriptLine]:
    """Of a call: the citizen is on the first channel, the operator on the second. Raises ValueError for an invalid sound."""
    voices = zip((Author.CITIZEN, Author.OPERATOR), _voices(sound, 2), strict=True)
    lines = [TranscriptLine(round(at * 1000 / RATE), author, words) for author, voice in voices for at, words in _pieces(hear, voice)]
    return sorted(lines, key=lambda line: line.at_ms)


def _voices(sound: bytes, channels: int) -> list[Samples]:
    try:
        samples = decoded(sound) if channels == 1 else decoded(sound, "stereo", None)
    except (av.FFmpegError, IndexError) as error:
        message = f"no sound: {error}"
        raise ValueError(message) from error
    return [samples[channel::channels].copy() for channel in range(channels)]


def _pieces(hear: Hear, samples: Samples) -> Iterator[tuple[int, str]]:
    """Where each piece with words begins."""
    for piece in get_speech_timestamps(samples, CUT):
        if words := hear(samples[piece["start"]:piece["end"]]).strip():
            yield piece["start"], words
