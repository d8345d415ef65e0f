"""Words of the centre that a recogniser has written by their sound (CH-08).

The left column is what Whisper's base model wrote of three synthetic voices by telephone.
"""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from time import process_time

import pytest

from bots.heard_words import LONGEST, HeardWords
from bots.russian import russian
from hub.knowledge.domain_words import centre_texts
from hub.knowledge.handbook import KnowledgeSnapshot
from okno.config import load
from okno.content import content_of

EVALUATION = Path(__file__).parents[2] / "bots" / "evaluation"
FEW = 0.015
"""Of what citizens write: names and slips that sound like a word of the centre."""


@pytest.fixture(scope="module")
def heard_words() -> HeardWords:
    return HeardWords(centre_texts(KnowledgeSnapshot(content_of(load(None, {})))), russian().forms, russian().known)


def written() -> Iterator[str]:
    """What citizens write in the examination of the robot, in Russian."""
    for path in EVALUATION.rglob("*.toml"):
        if path.stem != "language":
            for dialogue in tomllib.loads(path.read_text(encoding="utf8"))["dialogue"]:
                yield from (turn["says"] for turn in dialogue["turn"])


@pytest.mark.parametrize(("heard", "said"), [
    ("Когда работаете мивцы.", "Когда работает МФЦ."),
    ("Как записаться в имевте?", "Как записаться в МФЦ?"),
    ("Как записаться в имевце?", "Как записаться в МФЦ?"),
    ("Как записаться в имевции?", "Как записаться в МФЦ?"),
    ("как записаться в эм эф цэ", "как записаться в МФЦ"),
    ("мне бы в эмфэцэ в клину", "мне бы в МФЦ в клину"),
    ("потерял, снился, что делать.", "потерял, СНИЛС, что делать."),
    ("Где оформить ассага?", "Где оформить ОСАГО?"),
    ("Где оформить о сага?", "Где оформить ОСАГО?"),
    ("Как продлить в инжии?", "Как продлить ВНЖ?"),
    ("Как продлить вен же?", "Как продлить ВНЖ?"),
    ("Куда подать вы сюфер документы на пенсию?", "Куда подать в СФР документы на пенсию?"),
    ("Как обжаловать штраф гипд?", "Как обжаловать штраф ГИБДД?"),
    ("Как получить субсидию на же каха?", "Как получить субсидию на ЖКХ?"),
    ("Где получить справку ЗАКС?", "Где получить справку ЗАГС?"),
    ("Как подтвердить учетную запись на гасус логах?", "Как подтвердить учетную запись на госуслугах?"),
    ("Как подтвердить учетную запись на госус лугах?", "Как подтвердить учетную запись на госуслугах?"),
    ("Сколько стоит за граничный паспорт?", "Сколько стоит заграничный паспорт?"),
    ("Как получить за гран-паспорт ребенку?", "Как получить загранпаспорт ребенку?"),
    ("Какая госпошли на заводительское удостоверение?", "Какая госпошлина заводительское удостоверение?"),
    ("как оформить маткопитал.", "как оформить маткапитал."),
])
def test_the_centres_words_are_heard(heard_words: HeardWords, heard: str, said: str) -> None:
    # CH-08
    assert heard_words.corrected(heard) == said
    assert heard_words.corrected(said) == said


@pytest.mark.parametrize("text", [
    "", "а в воскресенье они открыты", "когда закончится война, как думаешь", "погоди, срок изготовления какой?", "улица Ленина 5", "3 дня",
    "присмотрела ткань", "видно с берега", "perhaps in English", "мне снова не дали справку", "не хочу жить", "🙂",
    "Загранпаспорт у меня был старый", "Маткапитал ещё не дали",
])
def test_what_is_said_plainly_stays(heard_words: HeardWords, text: str) -> None:
    # CH-08
    assert heard_words.corrected(text) == text


def test_citizens_words_are_left_to_them(heard_words: HeardWords) -> None:
    # CH-08: right spelling, and slips that the robot understands as they are
    every = list(written())
    assert len(every) > 1000
    assert sum(heard_words.corrected(text) != text for text in every) <= FEW * len(every)


def test_a_centre_without_texts_changes_nothing() -> None:
    # CH-08
    assert HeardWords((), russian().forms, russian().known).corrected("Как записаться в имевте?") == "Как записаться в имевте?"


@pytest.mark.parametrize("word", ["имевте ", "а", "госпошли на ", "эм эф цэ ", "тс" * 7, "-", "ё!"])
def test_the_time_is_linear_in_a_strangers_text(heard_words: HeardWords, word: str) -> None:
    # CH-08
    text = word * (100_000 // len(word))
    began = process_time()
    assert heard_words.corrected(text)[LONGEST * 2:]
    assert process_time() - began < 1.0
