"""Engines of speech recognition, each of one library with a centre's own model in a folder. No sound leaves this machine."""

from collections.abc import Callable
from pathlib import Path

import msgspec
from msgspec import Struct

from hub.conversations.journal import TranscriptLine


class SpeechModel(Struct, frozen=True):
    """`kind` is the family of the model, where an engine reads several."""

    folder: str
    kind: str = ""
    language: str = "ru"
    threads: int = 1


class Engine(Struct, frozen=True):
    """Functions that can be pickled for another process. Both raise ValueError for an invalid sound."""

    recognise: Callable[..., str]
    """The words of a sound; "" where there are none. `prompt` has words that are likely to be said."""
    transcribe: Callable[[bytes], list[TranscriptLine]]
    """The lines of a call."""


def check(model: SpeechModel, *files: str) -> None:
    """Raises msgspec.ValidationError where the folder lacks one of these."""
    for file in files:
        if not (Path(model.folder) / file).is_file():
            message = f"there is no {file} in {model.folder}"
            raise msgspec.ValidationError(message)
