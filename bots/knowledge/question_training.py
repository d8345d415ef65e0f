"""Learns the meaning of services' questions (question_model.py): a minute for eight thousand of them.

Import it only to train: its libraries take time and memory.
"""

from collections.abc import Callable, Sequence

import numpy as np
from scipy.sparse import csr_array, hstack

from bots.knowledge.question_model import Learned, in_space, keyed
from bots.knowledge.subjects import Subject
from bots.knowledge.word_parts import COLUMNS, parts
from bots.understanding.matrices import Matrix
from bots.understanding.regression import logistic, one_thread
from bots.understanding.vectors import Vectors
from hub.knowledge.public_services import Facet

_SIZE = 192
_SAMPLE = 4_000
"""Vectors by which the principal directions are found."""
_STRICTNESS, _STEPS, _TOLERANCE = 5.0, 150, 1e-3
_SEED = 20_261_130
_TOGETHER = 64


def learn(subjects: Sequence[Subject], engine: Vectors, told: Callable[[int], object] = lambda _: None,
          also: Sequence[str] = ()) -> Learned:
    """`also` are further texts to keep. `told` hears how many vectors were computed since it was told last. Raises ValueError."""
    asked = [(number, fact.facet, question)
             for number, subject in enumerate(subjects) for fact in subject.facts for question in fact.questions]
    if not asked:
        raise ValueError("no service has a fact with a question")
    texts = list(dict.fromkeys(text for subject in subjects for text in subject.texts()))
    raw = np.concatenate([_read(engine, texts[at:at + _TOGETHER], told) for at in range(0, len(texts), _TOGETHER)])
    with one_thread():
        centre = raw.mean(0, dtype=np.float32)
        basis = _directions(raw - centre)
        rows = in_space(raw, centre, basis)
        at = {text: number for number, text in enumerate(texts)}
        means = [rows[[at[text] for text in subject.texts()]].mean(0) for subject in subjects]
        offsets = np.stack([rows[at[question]] - means[number] for number, _, question in asked])
        facets, of = np.unique([str(facet) for _, facet, _ in asked], return_inverse=True)
        places = hstack([csr_array(offsets), _parts([question for *_, question in asked])]).tocsr()
        weights, bias = logistic(places, of, len(facets), _STRICTNESS, _STEPS, _TOLERANCE)
    further = list(dict.fromkeys(text for text in also if text not in at))
    if further:
        rows = np.concatenate([rows, in_space(_read(engine, further, told), centre, basis)])
    names, bytes_ = keyed([*texts, *further], rows)
    return Learned(engine.name, centre, basis, tuple(map(Facet, facets)), weights[:_SIZE], bias, weights[_SIZE:], names, bytes_)


def _parts(texts: Sequence[str]) -> csr_array:
    """The parts of the words of texts, a row for each."""
    each = [parts(text) for text in texts]
    starts = np.cumsum([0, *(len(columns) for columns, _ in each)])
    return csr_array((np.concatenate([values for _, values in each]), np.concatenate([columns for columns, _ in each]), starts),
                     (len(texts), COLUMNS))


def _read(engine: Vectors, texts: Sequence[str], told: Callable[[int], object]) -> Matrix:
    rows = engine.several(texts)
    told(len(texts))
    return rows


def _directions(centred: Matrix) -> Matrix:
    some = np.random.default_rng(_SEED).permutation(len(centred))[:_SAMPLE]
    return np.linalg.svd(centred[some], full_matrices=False)[2][:_SIZE].T.astype(np.float32)
