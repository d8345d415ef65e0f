"""Words of the centre that a speech recogniser would mishear: of its services, bodies, towns and streets. Pure.

A recogniser that has read them before is likelier to write «госпошлина» than «го спошли на». It reads a few hundred signs only, so that
words that are short and common are left out.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from hub.knowledge.handbook import KnowledgeSnapshot

LONGEST = 480
"""Characters, some 200 tokens of Whisper; the recogniser cuts off what is more."""
_BESIDE = 100
"""Characters for bodies, and for places, beside those of services."""
_WORD = re.compile(r"[А-ЯЁа-яё][А-ЯЁа-яё-]+")
_LONG, _ROOT = 9, 7
"""Letters of a word that is not common, and those in which its forms agree."""
_VERBS = ("ть", "ться", "ет", "ют", "ит", "но")
_TITLE, _CAPITALS = 5, 5
"""A service's title counts as so many questions, an abbreviation as so many words."""
_PLACES = re.compile(r"(?:г|пос|с|дер|ул|пр-т|просп|пер|пл|наб|б-р|ш)\.?\s([А-ЯЁ][а-яё-]+)|([А-ЯЁ][а-яё-]+)\s(?:ул|пл|наб|ш)\.")


def domain_words(handbook: KnowledgeSnapshot) -> str:
    """The words in one line, the most frequent first; "" without services."""
    names = Counter(name for each in handbook.offices.values() for found in _PLACES.findall(each.address) for name in found if name)
    beside = _fitting(_by_root(_rare(each.short for each in handbook.authorities.values())), _BESIDE) + _fitting(
        [name for name, _ in names.most_common()], _BESIDE)
    services = _fitting(_by_root(_rare(_of_services(handbook))), LONGEST - len(", ".join(beside)))
    return ", ".join(dict.fromkeys([*services, *beside]))


def centre_texts(handbook: KnowledgeSnapshot) -> Iterator[str]:
    """All that a centre says of services and bodies in Russian."""
    yield from _of_services(handbook)
    for service in handbook.services.values():
        yield from (fact.text for fact in service.facts)
    for article in handbook.articles.values():
        if article.language == "ru":
            yield article.text
    for authority in handbook.authorities.values():
        yield from (authority.name, authority.short)


def _of_services(handbook: KnowledgeSnapshot) -> Iterator[str]:
    for service in handbook.services.values():
        yield from (*[service.title] * _TITLE, service.name, *service.questions)
        yield from (question for fact in service.facts for question in fact.questions)
    for article in handbook.articles.values():
        if article.language == "ru":
            yield from (article.title, *article.questions)


def _rare(texts: Iterable[str]) -> Counter[str]:
    """Long words, and those in capitals."""
    counts = Counter[str]()
    for text in texts:
        for word in _WORD.findall(text):
            if word.isupper():
                counts[word] += _CAPITALS
            elif len(word) >= _LONG and not word.endswith(_VERBS):
                counts[word.lower()] += 1
    return counts


def _by_root(counts: Counter[str]) -> list[str]:
    """Of forms of one word the most frequent, by the count of all of them."""
    roots, best = Counter[str](), dict[str, str]()
    for word, count in counts.most_common():
        root = word[:_ROOT].lower()
        roots[root] += count
        best.setdefault(root, word)
    return [best[root] for root, _ in roots.most_common()]


def _fitting(words: Iterable[str], room: int) -> list[str]:
    told = list[str]()
    for word in words:
        room -= len(word) + 2
        if room < 0:
            break
        told.append(word)
    return told
