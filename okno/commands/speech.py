"""`okno speech compare`: how well and how fast each engine understands the centre's own recordings."""

import argparse
from collections.abc import Callable, Sequence
from functools import partial
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from time import perf_counter
from typing import cast

from msgspec import Struct
from tqdm import tqdm

from bots import recognisers
from bots.recognisers import SpeechModel
from channels.voice.spoken_text import spoken
from channels.voice.spoken_text.stress import MARK
from hub.kernel.errors import OknoError
from hub.knowledge.domain_words import domain_words
from hub.knowledge.handbook import KnowledgeSnapshot
from hub.telephony.word_errors import word_errors
from okno.adapters.loader import engine_of, speech
from okno.config import Config
from okno.content import content_of
from okno.extras import engine_extra, has, needs
from okno.faults.config_error import ConfigError

Hear = Callable[..., str]


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
    compare.add_argument("--also", action="append", default=[], metavar="ENGINE[:KIND]=MODEL",
                         help="another engine with the folder of its model, as onnx_asr:t-one-ctc=/models/t-one")


def perform(options: argparse.Namespace, config: Config) -> int:
    """Print a line for each engine; raises ConfigError, OknoError."""
    pairs = [(path, path.with_suffix(".txt")) for path in sorted(options.folder.glob("*.wav")) if path.with_suffix(".txt").exists()]
    if not pairs:
        message = f"{options.folder}: no recording FILE.wav beside its text FILE.txt"
        raise OknoError(message)
    found = engines(config, options.also)
    for hear in found.values():
        _heard(hear, pairs[0][0])  # loads its model now, which is not measured
    outcomes = {name: Outcome() for name in found}
    with tqdm(total=len(pairs) * len(found), unit="recording", desc="recordings", disable=None) as bar:
        for sound, text in pairs:
            for name, hear in found.items():
                _measure(outcomes[name], hear, sound, text.read_text(encoding="utf8"))
                bar.update()
    print(f"{len(pairs)} recordings, {next(iter(outcomes.values())).words} words")
    for name, outcome in outcomes.items():
        print(outcome.line(name))
    measured = {name.partition(":")[0].partition(" ")[0] for name in outcomes}
    for name in sorted({each.name for each in iter_modules(recognisers.__path__)} - measured - {"pieces"}):
        extra = engine_extra(name)
        print(f"{name}: {'installed, but --also names no model of it' if has(extra) else needs(extra)}")
    return 0


def engines(config: Config, also: Sequence[str] = ()) -> dict[str, Hear]:
    """The configured one and those asked for; raises ConfigError for none, or an invalid one."""
    found, settings = dict[str, Hear](), config.speech
    if settings.model:
        found[settings.engine] = recognise = cast("Hear", speech(settings)[0])
        if settings.engine == "whisper":
            words = domain_words(KnowledgeSnapshot(content_of(config)))
            found["whisper with the centre's words"] = partial(recognise, prompt=words)
    for each in also:
        name, _, folder = each.partition("=")
        engine, _, kind = name.partition(":")
        model = SpeechModel(folder, kind, settings.language, settings.threads)
        found[name] = engine_of(engine, model, where="--also").recognise
    if not found:
        raise ConfigError("speech.model: there is no model to compare")
    return found


def _heard(hear: Hear, path: Path) -> str:
    try:
        return hear(path.read_bytes())
    except ValueError as error:
        message = f"{path}: {error}"
        raise OknoError(message) from error


def _measure(outcome: Outcome, hear: Hear, path: Path, said: str) -> None:
    begun = perf_counter()
    heard = _heard(hear, path)
    outcome.took_s += perf_counter() - begun
    errors, words = word_errors(_plain(said), _plain(heard))
    outcome.errors, outcome.words = outcome.errors + errors, outcome.words + words
    outcome.sound_s += _seconds(path.read_bytes())


def _plain(text: str) -> str:
    """Numbers in words: «5» and «пять» are the same."""
    return spoken(text).replace(MARK, "")


def _seconds(sound: bytes) -> float:
    listener = import_module("bots.speech")
    return float(len(listener.decoded(sound, longest_s=None)) / listener.RATE)

