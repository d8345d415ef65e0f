"""Encodes a model as bytes: arrays and JSON, nothing executable. Equal models have equal bytes."""

import hashlib
from collections.abc import Mapping
from io import BytesIO
from typing import Any

import msgspec
import numpy as np
from msgspec import Struct

from bots.russian import Russian
from bots.understanding.calibration import Calibration
from bots.understanding.labeller import Label, Learnt
from bots.understanding.model import ByVectors, Learned, Lists, Model
from bots.understanding.terms import Vocabulary
from hub.kernel.pattern_syntax import PatternError

FORMAT = 2
_DIGEST = 32
"""Bytes of the SHA-256 before the arrays: a damaged model is not read."""


class ModelFormatError(ValueError):
    """The bytes are not a model of this format."""


class _Format(Struct, frozen=True):
    format: int


class _Head(Struct, frozen=True, forbid_unknown_fields=True):
    format: int
    intents: tuple[str, ...]
    cyrillic: bool
    terms: tuple[str, ...]
    pieces: tuple[str, ...]
    vectors: str
    together: Calibration
    alone: Calibration
    sure: float
    lists: Lists
    labels: tuple[Label | None, ...]
    features: tuple[str, ...]


def dump(model: Model) -> bytes:
    """The bytes of a model."""
    learned = model.learned
    voice, labeller = learned.vectors, learned.labeller
    head = _Head(
        format=FORMAT,
        intents=learned.intents,
        cyrillic=learned.cyrillic,
        terms=learned.vocabulary.terms,
        pieces=learned.vocabulary.pieces,
        vectors=voice.name if voice else "",
        together=learned.together,
        alone=learned.alone,
        sure=learned.sure,
        lists=learned.lists,
        labels=labeller.labels if labeller else (),
        features=labeller.features if labeller else (),
    )
    arrays: dict[str, Any] = {
        "head": np.frombuffer(msgspec.json.encode(head), np.uint8),
        "rarity": learned.vocabulary.rarity,
        "words": learned.words[0],
        "words_bias": learned.words[1],
    }
    if voice:
        arrays |= {"centre": voice.centre, "landmarks": voice.landmarks.astype(np.float16)}  # their own precision
        arrays |= {"near": voice.line[0], "near_bias": voice.line[1]}
    if labeller:
        arrays |= {"weights": labeller.weights, "steps": labeller.steps}
    file = BytesIO()
    np.savez_compressed(file, allow_pickle=False, **arrays)
    packed = file.getvalue()
    return hashlib.sha256(packed).digest() + packed


def load(packed: bytes, russian: Russian) -> Model:
    """The model from the bytes of `dump`. Raises ModelFormatError."""
    digest, arrays_packed = packed[:_DIGEST], packed[_DIGEST:]
    if hashlib.sha256(arrays_packed).digest() != digest:
        raise ModelFormatError("no model, or a damaged one")
    with np.load(BytesIO(arrays_packed), allow_pickle=False) as file:
        arrays = {name: file[name] for name in file.files}
    try:
        return Model(_learned(_head(arrays["head"].tobytes()), arrays), russian)
    except (KeyError, msgspec.DecodeError) as error:
        message = f"a model of another format: {error}"
        raise ModelFormatError(message) from error
    except PatternError as error:  # an older Okno accepted it
        message = f"a model with an expression that is not understood any more: {error}: teach it anew (okno bot train)"
        raise ModelFormatError(message) from error


def content_id(*packed: bytes) -> str:
    """Sixteen hexadecimal digits of a content's hash."""
    digest = hashlib.sha256()
    for part in packed:
        digest.update(hashlib.sha256(part).digest())
    return digest.hexdigest()[:16]


def _head(packed: bytes) -> _Head:
    if (found := msgspec.json.decode(packed, type=_Format).format) != FORMAT:
        message = f"a model of format {found}, not {FORMAT}: teach it anew (okno bot train)"
        raise ModelFormatError(message)
    return msgspec.json.decode(packed, type=_Head)


def _learned(head: _Head, arrays: Mapping[str, Any]) -> Learned:
    classes, terms = len(head.intents), len(head.terms) + len(head.pieces)
    _shaped(arrays, "rarity", (terms,))
    _shaped(arrays, "words", (terms, classes))
    _shaped(arrays, "words_bias", (classes,))
    voice = labeller = None
    if head.vectors:
        _shaped(arrays, "near", (len(arrays["landmarks"]), classes))
        _shaped(arrays, "near_bias", (classes,))
        _shaped(arrays, "landmarks", (len(arrays["landmarks"]), len(arrays["centre"])))
        voice = ByVectors(head.vectors, arrays["centre"], arrays["landmarks"].astype(np.float32), (arrays["near"], arrays["near_bias"]))
    if head.labels:
        _shaped(arrays, "weights", (len(head.features), len(head.labels)))
        _shaped(arrays, "steps", (len(head.labels), len(head.labels)))
        labeller = Learnt(head.labels, head.features, arrays["weights"], arrays["steps"])
    return Learned(
        intents=head.intents,
        cyrillic=head.cyrillic,
        vocabulary=Vocabulary(head.terms, head.pieces, arrays["rarity"]),
        words=(arrays["words"], arrays["words_bias"]),
        vectors=voice,
        together=head.together,
        alone=head.alone,
        sure=head.sure,
        lists=head.lists,
        labeller=labeller,
    )


def _shaped(arrays: Mapping[str, Any], name: str, shape: tuple[int, ...]) -> None:
    if arrays[name].shape != shape or arrays[name].dtype.kind != "f":
        message = f"{name} has the shape {arrays[name].shape}, not {shape}"
        raise ModelFormatError(message)
