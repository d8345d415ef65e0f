"""Speech recognition by telephone: word error rate of domain sentences, with the centre's words and without, clean and in noise.

The voices are RHVoice's, three that are not the hub's, at 8 kHz: synthetic, and so easier than people. Needs RHVoice-test and a model:
`--model FOLDER`, else the tests' base model.
"""

import argparse
import subprocess
import tempfile
import wave
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from time import process_time

import av
import numpy as np
from numpy.typing import NDArray

from benchmarks.report import report, rounded
from bots.knowledge.knowledge_file import read_articles
from bots.speech import model as loaded
from bots.speech import recognise
from channels.voice.prompts import RATE
from channels.voice.spoken_text import spoken
from channels.voice.spoken_text.stress import MARK
from hub.knowledge.catalogue.toml_format import joined, read_catalogue
from hub.knowledge.domain_words import domain_words
from hub.knowledge.handbook import KnowledgeSnapshot
from hub.telephony.word_errors import word_errors
from tests.whisper import whole_model

VOICES = ("anna", "aleksandr", "irina")
SNR_DB = 9.0
DEMO = Path(__file__).parent.parent / "okno" / "demo"
SENTENCES = Path(__file__).with_name("speech_sentences.txt")
GOALS = ["clean_wer_pct <= 12", "noise_wer_pct <= 25"]


def said(text: str, voice: str, folder: Path) -> NDArray[np.int16]:
    """A sentence at the telephone's rate."""
    path = folder / "said.wav"
    subprocess.run(["RHVoice-test", "-p", voice, "-o", str(path)], input=text.encode(), check=True, capture_output=True)
    resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE)
    with av.open(str(path)) as file:
        pieces = [piece.to_ndarray().ravel() for frame in (*file.decode(audio=0), None) for piece in resampler.resample(frame)]
    return np.concatenate([np.zeros(RATE // 4, np.int16), *pieces, np.zeros(RATE // 2, np.int16)])


def noisy(sound: NDArray[np.int16], seed: int) -> NDArray[np.int16]:
    """With pink noise (power 1/f) at SNR_DB."""
    random = np.random.default_rng(seed)
    spectrum = np.fft.rfft(random.standard_normal(len(sound)))
    pink = np.fft.irfft(spectrum / np.sqrt(np.arange(len(spectrum)) + 1.0), len(sound))
    loud = sound[np.abs(sound) > 200].astype(np.float64)
    pink *= np.sqrt(np.mean(loud ** 2) / np.mean(pink ** 2)) / 10 ** (SNR_DB / 20)
    return np.clip(sound + pink, -32768, 32767).astype(np.int16)


def as_file(sound: NDArray[np.int16]) -> bytes:
    content = BytesIO()
    with wave.open(content, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(sound.tobytes())
    return content.getvalue()


def centre_words() -> str:
    catalogue = joined([read_catalogue(path.read_text(encoding="utf8")) for path in sorted((DEMO / "catalogue").glob("*.toml"))])
    articles = read_articles((DEMO / "articles.toml").read_text(encoding="utf8"))
    return domain_words(KnowledgeSnapshot(
        [*articles, *catalogue.articles, *catalogue.authorities, *catalogue.offices, *catalogue.services]))


def plain(text: str) -> str:
    """Numbers in words, so that «5» and «пять» are no error."""
    return spoken(text).replace(MARK, "")


def measured(sounds: list[tuple[str, bytes]], hear: Callable[[bytes], str], name: str) -> dict[str, float]:
    begun, errors, words, exact = process_time(), 0, 0, 0
    for text, sound in sounds:
        wrong, count = word_errors(plain(text), plain(hear(sound)))
        errors, words, exact = errors + wrong, words + count, exact + (not wrong)
    return {f"{name}_wer_pct": rounded(100 * errors / words), f"{name}_exact": exact,
            f"{name}_cpu_s": rounded((process_time() - begun) / len(sounds))}


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--model", default="")
    arguments.add_argument("--every", type=int, default=1, help="only each n-th sentence")
    options = arguments.parse_args()
    with tempfile.TemporaryDirectory() as base:
        folder = Path(base)
        model = options.model or whole_model(folder)
        loaded(model, 1)
        texts = SENTENCES.read_text(encoding="utf8").split("\n")[:-1:options.every]
        sounds = [(text, said(text, VOICES[n % len(VOICES)], folder)) for n, text in enumerate(texts)]
        clean = [(text, as_file(sound)) for text, sound in sounds]
        noise = [(text, as_file(noisy(sound, n))) for n, (text, sound) in enumerate(sounds)]
        words, figures = centre_words(), dict[str, float]()
        for name, prompt in (("bare_", ""), ("", words)):
            for kind, files in (("clean", clean), ("noise", noise)):
                figures |= measured(files, lambda sound, prompt=prompt: recognise(model, "ru", 1, sound, prompt), name + kind)  # type: ignore[misc]
                print(figures, flush=True)
    report("speech", figures, GOALS)


if __name__ == "__main__":
    main()
