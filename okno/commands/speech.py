"""`okno speech compare`: how well and how fast each engine understands the centre's own recordings."""

import argparse
from collections.abc import Callable
from functools import partial
from importlib import import_module
from pathlib import Path
from time import perf_counter

from msgspec import Struct
from tqdm import tqdm

from channels.voice.spoken_text import spoken
from channels.voice.spoken_text.stress import MARK
from hub.kernel.errors import OknoError
from hub.knowledge.domain_words import domain_words
from hub.knowledge.handbook import KnowledgeSnapshot
from hub.telephony.word_errors import word_errors
from okno.config import Config
from okno.content import content_of
from okno.faults.config_error import ConfigError

Engine = Callable[[bytes], str]


class Outcome(Struct):
    """Sums over the recordings."""

    errors: int = 0
    words: int = 0
    took_s: float = 0.0
    sound_s: float = 0.0

    def line(self, name: str) -> str:
        rate, factor = 100 * self.errors / max(1, self.words), self.took_s / max(0.001, self.sound_s)
        return f"{name}: word error rate {rate:.1f} %, real-time factor {factor:.2f}"


def add_command(commands: "argparse._SubParsersAction[argparse.ArgumentParser]", common: argparse.ArgumentParser) -> None:
    speech = commands.add_parser("speech", help="speech recognition").add_subparsers(dest="action", required=True, metavar="ACTION")
    compare = speech.add_parser(
        "compare", parents=[common], help="word error rate and speed of each engine on the centre's own recordings",
        description="Recognise each FILE.wav of the folder beside a FILE.txt with what was said. Nothing is stored.")
    compare.add_argument("folder", type=Path, metavar="FOLDER", help="recordings with their texts")


def perform(options: argparse.Namespace, config: Config) -> int:
    """Print a line for each engine; raises ConfigError, OknoError."""
    pairs = [(path, path.with_suffix(".txt")) for path in sorted(options.folder.glob("*.wav")) if path.with_suffix(".txt").exists()]
    if not pairs:
        message = f"{options.folder}: no recording FILE.wav beside its text FILE.txt"
        raise OknoError(message)
    found = engines(config)
    outcomes = {name: Outcome() for name in found}
    with tqdm(total=len(pairs) * len(found), unit="recording", desc="recordings", disable=None) as bar:
        for sound, text in pairs:
            for name, hear in found.items():
                _measure(outcomes[name], hear, sound, text.read_text(encoding="utf8"))
                bar.update()
    print(f"{len(pairs)} recordings, {next(iter(outcomes.values())).words} words")
    for name, outcome in outcomes.items():
        print(outcome.line(name))
    return 0


def engines(config: Config) -> dict[str, Engine]:
    """What is installed and has a model; raises ConfigError for nothing."""
    if not config.speech.model:
        raise ConfigError("speech.model: there is no model to compare")
    settings, listener = config.speech, import_module("bots.speech")
    listener.model(settings.model, settings.threads)  # loaded now, and not measured with the first recording
    recognise = partial(listener.recognise, settings.model, settings.language, settings.threads)
    words = domain_words(KnowledgeSnapshot(content_of(config)))
    return {"whisper": recognise, "whisper with the centre's words": partial(recognise, prompt=words)}


def _measure(outcome: Outcome, hear: Engine, path: Path, said: str) -> None:
    sound = path.read_bytes()
    begun = perf_counter()
    try:
        heard = hear(sound)
    except ValueError as error:
        message = f"{path}: {error}"
        raise OknoError(message) from error
    outcome.took_s += perf_counter() - begun
    errors, words = word_errors(_plain(said), _plain(heard))
    outcome.errors, outcome.words = outcome.errors + errors, outcome.words + words
    outcome.sound_s += _seconds(sound)


def _plain(text: str) -> str:
    """Numbers in words: «5» and «пять» are the same."""
    return spoken(text).replace(MARK, "")


def _seconds(sound: bytes) -> float:
    listener = import_module("bots.speech")
    return float(len(listener.decoded(sound, longest_s=None)) / listener.RATE)

