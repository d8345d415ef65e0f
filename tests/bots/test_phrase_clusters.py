"""Phrases of one meaning are found among citizens' questions; docs/benchmarks.md has the figures."""

import tomllib
from itertools import combinations
from pathlib import Path
from time import process_time

import numpy as np

from bots.knowledge.phrase_clusters import PhraseClusters, PhraseRows, clusters, nearest

QUESTIONS = Path(__file__).with_name("questions.toml")
MANY = 2_500


def labelled() -> list[tuple[str, str]]:
    """Questions as citizens type them, each with the article that answers it."""
    parts = tomllib.loads(QUESTIONS.read_text(encoding="utf8"))
    return [(text, article) for part in parts.values() for article, texts in part.items() for text in texts if article]


def test_two_of_one_group_mean_the_same_three_times_of_four() -> None:
    # KB-02
    said = labelled()
    groups = clusters(PhraseRows().of([text for text, _ in said]))
    assert sorted(place for group in groups for place in group) == list(range(len(said)))
    pairs = [said[one][1] == said[other][1] for group in groups for one, other in combinations(group, 2)]
    assert sum(pairs) / len(pairs) >= 0.74, sum(pairs) / len(pairs)
    assert sum(len(group) for group in groups if len(group) > 1) / len(said) >= 0.65  # and most are in a group


def test_the_first_of_a_group_is_its_most_central_phrase() -> None:
    rows = PhraseRows().of(["как получить загранпаспорт", "как получить загранпаспорт ребёнку", "где получить загранпаспорт", "снять гараж с учёта"])
    [group, alone] = clusters(rows)
    assert sorted(group) == [0, 1, 2]
    assert alone == [3]
    middle = rows[group].mean(axis=0)
    assert group == sorted(group, key=lambda place: -float(rows[place] @ middle))


def test_an_earlier_phrase_belongs_to_the_nearest_group_or_to_none() -> None:
    told: list[tuple[int, int]] = []
    grouping = PhraseClusters().group(["как получить загранпаспорт", "где получить загранпаспорт"],
                                      ["как получить загранпаспорт", "убирают ли снег с крыши"], lambda *done: told.append(done))
    assert grouping.before == (0, -1)
    assert told[-1] == (3, 3)  # each text once
    assert PhraseClusters().group([], ["что-то"], lambda *_: None).before == (-1,)
    assert nearest(np.zeros((0, 4), np.float32), [], np.ones((2, 4), np.float32)) == [-1, -1]


def test_ten_thousand_phrases_take_seconds() -> None:
    # Each is compared with each: a quarter of them takes a sixteenth of thirty seconds.
    random = np.random.default_rng(1)
    said = PhraseRows().of([text for text, _ in labelled()])
    rows = said[random.integers(0, len(said), MANY)] + random.normal(0, 0.02, (MANY, said.shape[1])).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    began = process_time()
    groups = clusters(rows)
    assert process_time() - began < 30 / 16  # of processor time; it takes a third of a second
    assert sum(map(len, groups)) == MANY
