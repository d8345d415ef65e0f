"""Speech recognition by a Whisper model in a folder, on this machine alone: no recording leaves it."""

from functools import cache
from io import BytesIO
from itertools import takewhile

import av
import numpy as np
from faster_whisper import WhisperModel  # type: ignore[import-untyped]  # it is typed and does not say so
from numpy.typing import NDArray

RATE = 16_000
"""Samples a second that Whisper hears (arXiv:2212.04356, 2.2)."""
FILES_ONLY = {"format_whitelist": "ogg,mp3,mov,mp4,m4a,3gp,matroska,webm,wav,amr,aac,flac,caf", "protocol_whitelist": "none"}
"""No playlists: they would have FFmpeg open other files and addresses."""
LONGEST_S = 300
"""What is longer is heard to here: it would keep everybody behind it waiting."""


def recognise(folder: str, language: str, threads: int, sound: bytes) -> str:
    """What is said in a file of any format that FFmpeg reads; "" where nothing is. Raises ValueError for what is no sound."""
    try:
        samples = decoded(sound)
    except (av.FFmpegError, IndexError) as error:
        message = f"no sound: {error}"
        raise ValueError(message) from error
    segments, _ = model(folder, threads).transcribe(samples, language=language, vad_filter=True, condition_on_previous_text=False)
    return " ".join(segment.text.strip() for segment in segments)


@cache
def model(folder: str, threads: int) -> WhisperModel:
    """Read once in a process: half a second and 200 MB for the base model."""
    return WhisperModel(folder, device="cpu", compute_type="int8", cpu_threads=threads, local_files_only=True)


def decoded(sound: bytes) -> NDArray[np.float32]:
    """Samples from -1 to 1, of the first LONGEST_S seconds."""
    resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE)
    with av.open(BytesIO(sound), "r", metadata_errors="ignore", options=FILES_ONLY) as container:
        frames = takewhile(lambda frame: (frame.time or 0) < LONGEST_S, container.decode(audio=0))
        pieces = [piece.to_ndarray().ravel() for frame in frames for piece in resampler.resample(frame)]
    return np.concatenate([*pieces, np.zeros(0, np.int16)]).astype(np.float32) / np.float32(1 << 15)
