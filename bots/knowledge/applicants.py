"""Whom a service is for: the words of a question that name a person, with their age («на сына пяти лет»)."""

import re
from collections.abc import Iterator

from bots.russian import Russian

NUMBERS = {
    "один": "1", "два": "2", "три": "3", "четыре": "4", "пять": "5", "шесть": "6", "семь": "7",
    "восемь": "8", "девять": "9", "десять": "10"}
YEARS = frozenset(["год", "лет", "годик"])
APPLICANTS = frozenset([
    "ребенок", "сын", "дочь", "дочка", "сынок", "внук", "внучка", "муж", "жена", "мама", "мать", "папа", "отец", "родитель", "бабушка",
    "дедушка", "брат", "сестра", "пенсионер", "инвалид", "студент", "школьник", "взрослый", "младенец", "малыш", "подросток",
    "иностранец", "гражданин", "ветеран", "год", "лет", "месяц", "несовершеннолетний", "совершеннолетний", "маленький", "новорожденный",
    "один", "два", "три",
])
"""Lemmas of whom a service is for: they change an answer, and name no subject."""
PEOPLE = APPLICANTS - {"год", "лет", "месяц", "один", "два", "три", "взрослый", "гражданин", "маленький"}
"""Those that name somebody in particular."""
_FOR = frozenset(["на", "для", "у", "за"])
_DIGITS = 2
"""Of an age: no other number is taken."""
_WORD = re.compile(r"\d+|[^\W\d_]+")


def lemmas(russian: Russian, word: str) -> set[str]:
    """A word of `Russian.every`, and its lemmas."""
    return {word, *(form[1:] for form in russian.forms(word) if form[0] != "s")}


def applicant(russian: Russian, text: str) -> str:
    """For whom a question asks, in its own words; "" where it does not say. No name and no number but an age is in it."""
    return ", ".join(dict.fromkeys(_found(russian, text)))


def _found(russian: Russian, text: str) -> Iterator[str]:
    said, words = _WORD.findall(text.casefold()), russian.every(text)
    known = [lemmas(russian, word) for word in words]
    tells = [not each.isdisjoint(APPLICANTS) or not each.isdisjoint(NUMBERS) or (word.isdecimal() and len(word) <= _DIGITS)
             for word, each in zip(words, known, strict=True)]
    at = 0
    while at < len(words):
        end = next((n for n in range(at, len(words)) if not tells[n]), len(words))
        if any(not each.isdisjoint(PEOPLE) for each in known[at:end]):
            yield " ".join(said[at - 1 if at and words[at - 1] in _FOR else at:end])
        at = max(end, at) + 1
