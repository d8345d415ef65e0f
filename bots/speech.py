"""Speech recognition by a Whisper model in a folder. Recordings do not leave this machine."""

import zlib
from functools import cache, lru_cache
from io import BytesIO
from itertools import takewhile

import av
import numpy as np
from faster_whisper import WhisperModel  # type: ignore[import-untyped]  # its types are not marked (PEP 561)
from faster_whisper.tokenizer import Tokenizer  # type: ignore[import-untyped]
from faster_whisper.vad import get_speech_timestamps  # type: ignore[import-untyped]
from numpy.typing import NDArray

from hub.conversations.journal import TranscriptLine
from hub.conversations.message import Author

RATE = 16_000
"""Whisper's sampling rate, per second (arXiv:2212.04356, 2.2)."""
FILES_ONLY = {"format_whitelist": "ogg,mp3,mov,mp4,m4a,3gp,matroska,webm,wav,amr,aac,flac,caf", "protocol_whitelist": "none"}
"""No playlists: FFmpeg would open other files and addresses for them."""
PROMPT_TOKENS = 200
"""Of 223 that Whisper reads before the sound."""
WINDOW_S, TAIL_S = 28.0, 1.0
"""A shorter sound is read in a window of its own length and a second more instead of the 30 s for which Whisper is trained: a quarter
of the time."""
LEAST_S, PROMPTED_S = 8.0, 12.0
"""The shortest window, without and with a prompt: in less Whisper repeats itself (20 sentences of benchmarks.speech)."""
FRAMES, HOP = 100, 160
"""Of a spectrogram in a second, and samples of each."""
BEAM, TOKENS_PER_S, MORE_TOKENS = 5, 12, 16
END_S = 0.2
"""Whisper's times of words are so exact."""
NO_SPEECH, UNSURE, REPEATS = 0.6, -1.0, 2.4
"""Whisper's own limits (openai/whisper, transcribe.py): of noise, its mean log probability, and the compression of what repeats itself."""
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
    whisper, words = model(folder, threads), _bounded(folder, threads, prompt) if prompt else ""
    if len(samples) <= WINDOW_S * RATE:
        text = _short(whisper, language, samples, words) if get_speech_timestamps(samples) else ""
        if not _repeats(text):
            return text
    segments, _ = whisper.transcribe(
        samples, language=language, vad_filter=True, condition_on_previous_text=False, initial_prompt=words or None)
    return " ".join(segment.text.strip() for segment in segments)


def _short(whisper: WhisperModel, language: str, samples: NDArray[np.float32], words: str) -> str:
    """What a short sound says, in one pass. What would begin after its end is none of it."""
    tokens, length_s = Tokenizer(whisper.hf_tokenizer, whisper.model.is_multilingual, "transcribe", language), len(samples) / RATE
    frames = round(max(PROMPTED_S if words else LEAST_S, length_s + TAIL_S) * FRAMES)
    seen = whisper.feature_extractor(np.pad(samples, (0, frames * HOP - len(samples))))[:, :frames]
    asked = whisper.get_prompt(tokens, tokens.encode(f" {words}") if words else [])
    found = whisper.model.generate(
        whisper.encode(np.ascontiguousarray(seen)), [asked], beam_size=BEAM, return_scores=True, return_no_speech_prob=True,
        suppress_blank=True, max_length=len(asked) + round(length_s * TOKENS_PER_S) + MORE_TOKENS)[0]
    if found.no_speech_prob > NO_SPEECH and found.scores[0] < UNSURE:
        return ""
    spoken = list[int]()
    for token in found.sequences_ids[0]:
        if token < tokens.eot:
            spoken.append(token)
        elif spoken and (token - tokens.timestamp_begin) * whisper.time_precision >= length_s - END_S:
            break
    return str(tokens.decode(spoken)).strip()


def _repeats(text: str) -> bool:
    content = text.encode()
    return len(content) > REPEATS * len(zlib.compress(content))


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
