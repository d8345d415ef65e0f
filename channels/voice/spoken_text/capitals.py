"""Words of capitals: letter by letter, or as a word where they are said so. Pure."""

import re

from channels.voice.spoken_text.grammar import known
from hub.telephony.letters import LETTERS

_WORDS = {
    "СНИЛС": "снилс", "ЗАГС": "загс", "ОСАГО": "осаго", "КАСКО": "каско", "МРОТ": "мрот", "ИПРА": "ипра", "ОКВЭД": "оквэд", "МИД": "мид",
    "КАС": "кас",
    "СМИ": "сми", "УЗИ": "узи", "ГАИ": "гаи", "ФИО": "фио", "ЭКО": "эко", "ФОМС": "фомс", "ФФОМС": "эф-фомс", "ТФОМС": "тэ-фомс",
    "ЕГРИП": "егрип",
    "ЕГРЮЛ": "егрюл", "ФИАС": "фиас", "ГИС": "гис", "ГИБДД": "ги-бэ-дэ-дэ", "США": "сэ-шэ-а", "ИТ": "ай-ти", "БАД": "бад", "ВАК": "вак",
    "ВУЗ": "вуз",
    "ГОСТ": "гост", "СПИД": "спид", "ЕСИА": "есиа", "ГРАНД": "гранд", "КОАП": "коап", "КоАП": "коап", "НИИ": "нии", "ОМОН": "омон",
    "РОВД": "ровэдэ",
    "ТИК": "тик", "УИК": "уик", "ЦИК": "цик", "ВИЧ": "вич", "ЧОП": "чоп", "ТАСС": "тасс", "СИЗО": "сизо", "ФАП": "фап", "ФСИН": "фсин",
    "ФАС": "фас", "ЕИРЦ": "е-ирц", "ДОСААФ": "досааф", "ОКАТО": "окато", "ОКТМО": "октэмо", "ОГРН": "о-гэ-эр-эн", "СФО": "эс-фо",
    "ЛЭП": "лэп", "НДС": "эн-дэ-эс",
    "СССР": "эс-эс-эс-эр", "ИП": "и-пэ", "ОТП": "о-тэ-пэ"}
_ABBREVIATION = re.compile(r"(?<![А-Яа-яЁё-])([А-ЯЁ]{2,})([а-яё]{0,5})(?![А-Яа-яЁё])|(?<![А-Яа-яЁё])КоАП(?![а-яё])")
_BEHIND_HYPHEN = re.compile(r"(?<=[\dА-Яа-яЁё]-)([А-ЯЁ]{2,})([а-яё]{0,5})(?![А-Яа-яЁё])")
_BEHIND_NUMBER = re.compile(r"(?<=[а-яё])-(?=[А-ЯЁ]{2})")
_INITIALS = re.compile(r"(?<![А-Яа-яЁё])([А-ЯЁ])\.\s?(?=(?:[А-ЯЁ]\.\s?)?[А-ЯЁ][а-яё])")
_LOWER = re.compile(r"[а-яё]")
_VOWELS = set("АЕЁИОУЫЭЮЯ")


def capitals(text: str) -> str:
    """«эм-эф-цэ», «снилс», «загса»."""
    if not _LOWER.search(text):
        text = _ABBREVIATION.sub(lambda found: found[0].lower() if found[0] not in _WORDS and known(found[0]) else found[0], text)
    text = _INITIALS.sub(lambda found: f"{LETTERS[found[1]]} ", text)
    text = _BEHIND_NUMBER.sub(" ", text)
    return _BEHIND_HYPHEN.sub(_said, _ABBREVIATION.sub(_said, text))


def _said(found: re.Match[str]) -> str:
    if found[0] in _WORDS:
        return _WORDS[found[0]]
    letters, ending = found[1] or found[0], found[2] or ""
    if letters in _WORDS:
        return _WORDS[letters] + ending
    if len(letters) > 3 and _VOWELS & {*letters} and known(letters):  # noqa: PLR2004 - «ВНИМАНИЕ»
        return letters.lower() + ending
    return "-".join(LETTERS[letter] for letter in letters) + (f"-{ending}" if ending else "")
