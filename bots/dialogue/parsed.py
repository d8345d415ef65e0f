"""Meaning of an utterance, and the interface of language understanding."""

import re
from collections.abc import Collection
from typing import Any, Protocol

import msgspec
from msgspec import Struct

FALLBACK = "nlu_fallback"
"""The intent of what was not understood."""
_PAYLOAD = re.compile(r"/([^{@]+)(@[0-9.]+)?(\{.+\})?(.*)", re.DOTALL)


class Entity(Struct, frozen=True, omit_defaults=True):
    """A part of an utterance that means a value. `start` and `end` count characters."""

    entity: str
    value: Any = ""
    start: int = 0
    end: int = 0
    role: str = ""
    group: str = ""
    confidence: float = 1.0
    extractor: str = ""
    """Its source: "pattern", "lookup" or "labeller"; "" for a given one."""


class Ranked(Struct, frozen=True):
    name: str
    confidence: float


class Parsed(Struct, frozen=True):
    """An utterance with its meaning."""

    text: str
    """As it was read: in Cyrillic where Russian was typed in Latin letters."""
    intent: str = ""
    confidence: float = 0.0
    """From 0 to 1."""
    ranking: tuple[Ranked, ...] = ()
    """Intents, likeliest first; where `intent` is nlu_fallback, that is first and the likeliest is second."""
    entities: tuple[Entity, ...] = ()
    selected: str = ""
    """For a retrieval intent: its question, as faq/ask_hours."""
    answers: tuple[Ranked, ...] = ()
    """For a retrieval intent: its questions, likeliest first, with the confidence among them."""


class Understanding(Protocol):
    """Language understanding. Pure and thread-safe."""

    def parse(self, words: str, *, hasty: bool = False) -> Parsed:
        """With `hasty` it takes a millisecond at most, and may understand less."""


def payload(words: str, intents: Collection[str], entities: Collection[str]) -> Parsed | None:
    """The payload of a button: `/intent`, `/intent@0.8`, `/intent{"entity": "value"}`. None without a known intent."""
    match = _PAYLOAD.fullmatch(words.strip())
    if match is None or (name := match[1].strip()).split("/")[0] not in intents:
        return None
    confidence = _confidence(match[2])
    found = tuple(Entity(entity, value, match.start(3), match.end(3))
                  for entity, values in _values(match[3]).items() if entity in entities
                  for value in (values if isinstance(values, list) else [values]))
    base = name.split("/")[0]
    return Parsed(words.strip(), base, confidence, (Ranked(base, confidence),), found, name if "/" in name else "")


def _confidence(text: str | None) -> float:
    try:
        return min(1.0, float(text[1:])) if text else 1.0
    except ValueError:
        return 0.0


def _values(text: str | None) -> dict[str, Any]:
    try:
        return msgspec.json.decode(text, type=dict[str, Any]) if text else {}
    except (msgspec.DecodeError, msgspec.ValidationError, RecursionError):
        return {}
