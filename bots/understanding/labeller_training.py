"""Training of the labeller of entities by python-crfsuite."""

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from msgspec import json
from pycrfsuite import Tagger, Trainer

from bots.dialogue.parsed import Entity
from bots.project.examples import Example
from bots.understanding.entity_matcher import TOKEN, EntityMatcher
from bots.understanding.labeller import Label, Learnt, described

_OUTSIDE = "O"
_STEPS, _L1, _L2 = 60, 0.1, 0.1
"""The penalties are those of Rasa's CRFEntityExtractor."""


def learn(said: Sequence[Example], matcher: EntityMatcher) -> Learnt | None:
    """Learn from marked examples; None where none is marked. Examples without marks are negative ones."""
    if not any(example.entities for example in said):
        return None
    trainer = Trainer(verbose=False)
    trainer.set_params({"c1": _L1, "c2": _L2, "max_iterations": _STEPS})
    for example in said:
        if labels := _labels(example):
            trainer.append(described(example.text, matcher), labels)
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder, "model"))
        trainer.train(path)
        tagger = Tagger()
        tagger.open(path)
        info = tagger.info()
        tagger.close()
    return _kept(info.labels, info.state_features, info.transitions)


def _kept(labels: Mapping[str, str], states: Mapping[tuple[str, str], float], transitions: Mapping[tuple[str, str], float]) -> Learnt:
    names = sorted(set(labels) - {_OUTSIDE})
    place = {name: i for i, name in enumerate([_OUTSIDE, *names])}
    features = sorted({feature for feature, _ in states})
    column = {feature: i for i, feature in enumerate(features)}
    weights = np.zeros((len(features), len(place)), np.float32)
    for (feature, label), weight in states.items():
        weights[column[feature], place[label]] = weight
    steps = np.zeros((len(place), len(place)), np.float32)
    for (before, after), weight in transitions.items():
        steps[place[before], place[after]] = weight
    return Learnt((None, *(json.decode(name, type=Label) for name in names)), tuple(features), weights, steps)


def _labels(example: Example) -> list[str]:
    """The label of each word; the first of overlapping marks counts."""
    labels = list[str]()
    before: Entity | None = None
    for token in TOKEN.finditer(example.text):
        entity = next((one for one in example.entities if one.start <= token.start() < one.end), None)
        label = None if entity is None else Label(entity is not before, entity.entity, entity.role, entity.group)
        labels.append(_OUTSIDE if label is None else json.encode(label).decode())
        before = entity
    return labels
