"""What understanding learns from and what it says of an utterance."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

FALLBACK = "nlu_fallback"
"""The intent of what was not understood."""


class Entity(Struct, frozen=True, omit_defaults=True):
    """A part of an utterance that means a value: `text[start:end]`."""

    entity: str
    value: Any = ""
    start: int = 0
    end: int = 0
    role: str = ""
    group: str = ""
    confidence: float = 1.0
    extractor: str = ""
    """Who found it: "pattern", "lookup" or "labeller"; "" where a person marked it."""


class Example(Struct, frozen=True):
    """Something that was said, with its entities; `intent` holds the question of a retrieval intent, too: faq/ask_hours."""

    text: str
    intent: str
    entities: tuple[Entity, ...] = ()


class Examples(Struct, frozen=True):
    """All that understanding learns from."""

    said: tuple[Example, ...] = ()
    synonyms: Mapping[str, str] = {}
    """What is written → the value that it means."""
    patterns: tuple[tuple[str, str], ...] = ()
    """Name and regular expression; one name may have several."""
    lookups: Mapping[str, tuple[str, ...]] = {}


class Ranked(Struct, frozen=True):
    name: str
    confidence: float


class Parsed(Struct, frozen=True):
    """An utterance as it was understood."""

    text: str
    """As it was read: in Cyrillic where Russian was typed in Latin letters."""
    intent: str = ""
    confidence: float = 0.0
    """From 0 to 1; of ten utterances with 0.9 nine are right."""
    ranking: tuple[Ranked, ...] = ()
    """Intents, likeliest first; where `intent` is nlu_fallback, that is first and the likeliest is second."""
    entities: tuple[Entity, ...] = ()
    selected: str = ""
    """For a retrieval intent: which of its questions, as faq/ask_hours."""
    answers: tuple[Ranked, ...] = ()
    """For a retrieval intent: its questions, likeliest first; their confidence is among themselves."""
