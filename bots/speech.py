"""Speech recognition by a Whisper model in a folder. Recordings do not leave this machine."""

from functools import cache, lru_cache
from io import BytesIO
from itertools import takewhile

import av
import numpy as np
from faster_whisper import WhisperModel  # type: ignore[import-untyped]  # its types are not marked (PEP 561)
from numpy.typing import NDArray

from hub.conversations.journal import TranscriptLine
from hub.conversations.message import Author

RATE = 16_000
"""Whisper's sampling rate, per second (arXiv:2212.04356, 2.2)."""
FILES_ONLY = {"format_whitelist": "ogg,mp3,mov,mp4,m4a,3gp,matroska,webm,wav,amr,aac,flac,caf", "protocol_whitelist": "none"}
"""No playlists: FFmpeg would open other files and addresses for them."""
PROMPT_TOKENS = 200
"""Of 223 that Whisper reads before the sound."""
LONGEST_S = 300
"""Longer sounds are cut off here: they would delay all others in the queue."""


def recognise(folder: str, language: str, threads: int, sound: bytes, prompt: str = "") -> str:
    """The words in a file of any format of FILES_ONLY; "" for none. Raises ValueError for an invalid sound.

    `prompt` has words that are likely to be said; it is cut off where the model reads no more.
    """
    try:
        samples = decoded(sound)
    except (av.FFmpegError, IndexError) as error:
        message = f"no sound: {error}"
        raise ValueError(message) from error
    segments, _ = model(folder, threads).transcribe(
        samples, language=language, vad_filter=True, condition_on_previous_text=False,
        initial_prompt=_bounded(folder, threads, prompt) if prompt else None)
    return " ".join(segment.text.strip() for segment in segments)


def transcribe(folder: str, language: str, threads: int, sound: bytes) -> list[TranscriptLine]:
    """The lines of a call: the citizen is on the first channel, the operator on the second. Raises ValueError for an invalid sound."""
    try:
        voices = decoded(sound, "stereo", None).reshape(-1, 2).T
    except (av.FFmpegError, IndexError) as error:
        message = f"no sound: {error}"
        raise ValueError(message) from error
    lines = [
        TranscriptLine(round(segment.start * 1000), author, segment.text.strip())
        for author, voice in zip((Author.CITIZEN, Author.OPERATOR), voices, strict=True)
        # Without word timestamps a line would begin at the end of the line before, whatever the silence between them.
        for segment in model(folder, threads).transcribe(np.ascontiguousarray(voice), language=language, vad_filter=True,
                                                         condition_on_previous_text=False, word_timestamps=True)[0]]
    return sorted((line for line in lines if line.text), key=lambda line: line.at_ms)


@lru_cache(4)
def _bounded(folder: str, threads: int, prompt: str) -> str:
    """The beginning of a prompt: Whisper itself would keep the end."""
    tokens = model(folder, threads).hf_tokenizer.encode(prompt, add_special_tokens=False)
    return prompt if len(tokens) <= PROMPT_TOKENS else prompt[:tokens.offsets[PROMPT_TOKENS][0]].rpartition(",")[0]


@cache
def model(folder: str, threads: int) -> WhisperModel:
    """Loaded once in a process: half a second and 200 MB for the base model."""
    return WhisperModel(folder, device="cpu", compute_type="int8", cpu_threads=threads, local_files_only=True)


def decoded(sound: bytes, layout: str = "mono", longest_s: float | None = LONGEST_S) -> NDArray[np.float32]:
    """Samples from -1 to 1, alternating for two channels; of the first `longest_s` seconds, or all."""
    resampler = av.AudioResampler(format="s16", layout=layout, rate=RATE)
    with av.open(BytesIO(sound), "r", metadata_errors="ignore", options=FILES_ONLY) as container:
        frames = takewhile(lambda frame: longest_s is None or (frame.time or 0) < longest_s, container.decode(audio=0))
        pieces = [piece.to_ndarray().ravel() for frame in frames for piece in resampler.resample(frame)]
    return np.concatenate([*pieces, np.zeros(0, np.int16)]).astype(np.float32) / np.float32(1 << 15)
