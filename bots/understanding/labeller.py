"""Entities learnt from marked examples: a conditional random field over words, with role and group in the label.

labeller_training.py trains it. The parameters are plain arrays, and the likeliest labels are found here (Viterbi).
"""

from collections.abc import Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from bots.dialogue.parsed import Entity
from bots.understanding.entity_matcher import TOKEN, EntityMatcher

_MOST = 200
"""Maximum words that are labelled."""
_EDGES = ("edge",)
"""The features before the first and after the last word."""


class Label(Struct, frozen=True, array_like=True):
    """The label of a word: its entity, and whether it is the first word of it."""

    first: bool
    entity: str
    role: str = ""
    group: str = ""


class Learnt(Struct, frozen=True):
    """`weights[columns[feature]]` has the weight of each label; `steps[i, j]` that of label j after i. Label 0 is no entity."""

    labels: tuple[Label | None, ...]
    features: tuple[str, ...]
    weights: NDArray[np.float32]
    steps: NDArray[np.float32]


class Labeller:
    """Immutable."""

    def __init__(self, learnt: Learnt, matcher: EntityMatcher) -> None:
        self.learnt = learnt
        self._matcher = matcher
        self._columns = {feature: i for i, feature in enumerate(learnt.features)}

    def find(self, text: str) -> list[Entity]:
        """The entities of an utterance, from left to right, without overlaps."""
        tokens = list(TOKEN.finditer(text))[:_MOST]
        if not tokens:
            return []
        scores = np.zeros((len(tokens), len(self.learnt.labels)), np.float32)
        for place, features in enumerate(described(text, self._matcher)[:_MOST]):
            if known := [column for feature in features if (column := self._columns.get(feature)) is not None]:
                scores[place] = self.learnt.weights[known].sum(axis=0)
        columns = _likeliest(scores, self.learnt.steps)
        if not any(columns):
            return []
        found = list[Entity]()
        begun: tuple[int, int, Label, float] | None = None
        sure = _marginals(scores, self.learnt.steps)
        for place, (token, column) in enumerate(zip(tokens, columns, strict=True)):
            label = self.learnt.labels[column]
            if begun and (label is None or label.first or _what(label) != _what(begun[2])):
                found.append(self._entity(text, *begun))
                begun = None
            if label:
                start, _, _, least = begun or (token.start(), 0, label, 1.0)
                begun = (start, token.end(), label, min(least, float(sure[place, column])))
        return [*found, self._entity(text, *begun)] if begun else found

    def _entity(self, text: str, start: int, end: int, label: Label, confidence: float) -> Entity:
        value = self._matcher.value(text[start:end])
        return Entity(label.entity, value, start, end, label.role, label.group, round(confidence, 4), "labeller")


def _what(label: Label) -> tuple[str, str, str]:
    return label.entity, label.role, label.group


def described(text: str, matcher: EntityMatcher) -> list[list[str]]:
    """The features of each word of an utterance."""
    tokens = list(TOKEN.finditer(text))
    bases = matcher.bases(text)
    within: list[list[str]] = [[] for _ in tokens]
    for one in matcher.find(text):
        for names, token in zip(within, tokens, strict=True):
            if one.start <= token.start() < one.end:
                names.append(one.entity)
    own = [_features(token[0], base, names) for token, base, names in zip(tokens, bases, within, strict=True)]
    described_ = list[list[str]]()
    for i, features in enumerate(own):
        before, after = own[i - 1] if i else _EDGES, own[i + 1] if i + 1 < len(own) else _EDGES
        around = [*(f"-{each}" for each in before), *(f"+{each}" for each in after)]
        far = [f"-2{bases[i - 2]}" if i > 1 else "-2<", f"+2{bases[i + 2]}" if i + 2 < len(bases) else "+2>"]
        described_.append([*features, *around, *far, "bias"])
    return described_


def _features(word: str, base: str, names: Sequence[str]) -> list[str]:
    folded = word.casefold()
    return [
        f"w{folded}",
        f"b{base}",
        f"e{folded[-3:]}",
        f"f{folded[-2:]}",
        f"p{folded[:4]}",
        f"s{_shape(word)}",
        *(f"n{name}" for name in names),
    ]


def _shape(word: str) -> str:
    if word.isdecimal():
        return f"{len(word)} digits"
    if not word.isalpha():
        return "sign"
    return "upper" if word.isupper() else "title" if word.istitle() else "small"


def _likeliest(scores: NDArray[np.float32], steps: NDArray[np.float32]) -> list[int]:
    best, came = scores[0], list[NDArray[np.int64]]()
    for row in scores[1:]:
        ways = best[:, None] + steps
        came.append(ways.argmax(axis=0))
        best = ways.max(axis=0) + row
    path = [int(best.argmax())]
    for back in reversed(came):
        path.append(int(back[path[-1]]))
    return path[::-1]


def _marginals(scores: NDArray[np.float32], steps: NDArray[np.float32]) -> NDArray[np.float32]:
    """The probability of each label at each word."""
    ahead, behind = [scores[0]], [np.zeros_like(scores[0])]
    for row in scores[1:]:
        ahead.append(_log_sum((ahead[-1][:, None] + steps).T) + row)
    for row in scores[:0:-1]:
        behind.append(_log_sum(steps + (row + behind[-1])[None, :]))
    both = np.stack(ahead) + np.stack(behind[::-1])
    shares: NDArray[np.float32] = np.exp(both - _log_sum(both)[:, None])
    return shares


def _log_sum(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    highest = rows.max(axis=1)
    total: NDArray[np.float32] = highest + np.log(np.exp(rows - highest[:, None]).sum(axis=1))
    return total
