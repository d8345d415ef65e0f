"""Articles and services nearest to a text, for people who look for one: by its words, and by the meaning of what they are asked with."""

import re
from collections.abc import Mapping
from itertools import islice

from bots.knowledge.articles import Articles
from hub.knowledge.article import Article, Purpose

_TELLING = frozenset({Purpose.ANSWER, Purpose.EMERGENCY})
"""Purposes of articles that a person can read out."""
_LOOKED_AT = 50
_SAID = re.compile(r"(?i)(?:[аеёиоуыэюя][бвгджзйклмнпрстфхцчшщ]|[бвгджзйклмнпрстфхцчшщ][аеёиоуыэюя])|[^\W_а-яё]")
"""A vowel beside a consonant, or a sign of another script: something may be meant."""
_NEAR = 1.0
"""Nearness, of three, from which on a subject is found without a common word."""


def nearest(articles: Articles, subjects: Mapping[str, float], text: str, limit: int) -> list[Article]:
    """Best first; at most `limit`. `subjects` has the nearness of services and articles by id (Facts.nearness)."""
    words = articles.read(text).articles
    by_words = (-words).argsort(kind="stable")[:_LOOKED_AT]
    looked_at = dict.fromkeys((*by_words.tolist(), *(articles.places[id_] for id_ in subjects if id_ in articles.places)))
    means = _SAID.search(text)  # what is no word of any language has a vector, too
    scores = {at: (float(words[at]), subjects.get(articles.all[at].id, 0.0) if means else 0.0) for at in looked_at}
    found = (articles.all[at] for at, (word, near) in sorted(scores.items(), key=_score) if word > 0 or near >= _NEAR)
    return list(islice((each for each in found if each.purpose in _TELLING), limit))


def _score(scored: tuple[int, tuple[float, float]]) -> tuple[float, int]:
    at, (word, near) = scored
    return -(word + near), at
