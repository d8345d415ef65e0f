"""What case a number stands in, by the words before and after it. Pure.

Case and number of the noun say most: «до 5 дней», «двум людям». What they leave open, the preposition decides: «через 21 день»,
«до 21 дня».
"""

from functools import cache

from msgspec import Struct

from bots.russian import Russian
from channels.voice.spoken_text.numerals import Case, Gender, few, single

CASES = {"nomn": Case.NOM, "gent": Case.GEN, "datv": Case.DAT, "accs": Case.ACC, "ablt": Case.INS, "loct": Case.LOC,
         "gen2": Case.GEN, "acc2": Case.ACC, "loc2": Case.LOC}
GENDERS = {"masc": Gender.MASC, "femn": Gender.FEM, "neut": Gender.NEUT}
GOVERNORS = {
    **dict.fromkeys(
        ["до", "от", "ото", "с", "со", "из", "без", "после", "около", "для", "у", "кроме", "вместо", "свыше", "более", "менее",
         "больше", "меньше",
         "старше", "младше", "раньше", "ранее", "позднее", "позже", "дороже", "дешевле", "выше", "ниже", "дольше", "длиннее", "короче",
         "течение",
         "размере", "пределах", "возрасте", "порядка", "против", "вне", "половины", "сроком", "половина", "моложе", "началом", "начала",
         "окончания", "учетом", "учётом", "истечения", "достижения", "четверти", "треть", "части", "сумме", "исходя", "ближе",
         "дальше"], Case.GEN),
    **dict.fromkeys(["к", "ко", "согласно", "равен", "равна", "равно", "равны", "благодаря"], Case.DAT),
    **dict.fromkeys(["в", "во", "на", "за", "через", "про", "спустя", "по", "под"], Case.ACC),
    **dict.fromkeys(["между", "над", "перед"], Case.INS),
    **dict.fromkeys(["о", "об", "обо", "при"], Case.LOC),
}
SKIPPED = {"примерно", "лишь", "только", "уже", "ещё", "еще", "всего", "целых", "ровно", "минимум", "максимум", "почти", "хотя", "бы",
           "как", "все",
           "этих", "первых", "первые", "последние", "последних", "ближайшие", "ближайших", "следующие", "следующих", "каждые", "каждых",
           "не",
           "полных", "полные"}
"""Words between a preposition and its number."""
ORDINALS = ("год", "квартал", "класс", "этаж", "курс", "групп", "степен", "категор", "разряд", "век", "глав", "раздел", "числ", "подъезд",
            "созыв", "чтени", "полугоди", "триместр", "месяц", "смен", "уров", "кабинет", "вагон", "участ", "очеред", "окн", "день",
            "дня", "дню",
            "недел", "линии", "пол", "тур", "част", "пункт", "стать")
"""Beginnings of nouns that are numbered: «на 2 этаже»."""


RANKS = ("квартал", "класс", "этаж", "курс", "степен", "категор", "разряд", "век")
"""Of these nobody counts one."""


class Reading(Struct, frozen=True, gc=False):
    """One way to read the noun behind a number."""

    case: Case
    gender: Gender
    plural: bool
    animate: bool


class Numeral(Struct, frozen=True, gc=False):
    """The form of a number."""

    case: Case
    gender: Gender = Gender.MASC
    ordinal: bool = False


@cache
def _russian() -> Russian:
    """Its dictionary is loaded by the first number that stands beside a word."""
    return Russian(5_000)


def readings(word: str) -> tuple[Reading, ...]:
    """Of a noun; of an adjective where it is none."""
    found = _russian().readings(_plain(word))
    nouns = [each for each in found if "NOUN" in each]
    return tuple(_reading(each) for each in nouns or found if CASES.keys() & each)


def adjective(word: str) -> bool:
    found = _russian().readings(_plain(word))
    return bool(found) and bool({"ADJF", "PRTF", "ADJS"} & found[0]) and not any("NOUN" in each for each in found[:1])


def transitive(word: str) -> bool:
    found = _russian().readings(_plain(word))
    return bool(found) and "tran" in found[0] and bool({"VERB", "INFN", "GRND"} & found[0])


def binds(word: str) -> bool:
    """Whether another word must follow: a preposition, a conjunction, a negation."""
    plain = _plain(word)
    found = _russian().readings(plain)
    return plain in {"не", "ни"} or (bool(found) and bool({"PREP", "CONJ"} & found[0]))


def known(word: str) -> bool:
    """Whether the dictionary contains a word."""
    return _russian().known(_plain(word))


def governed(before: list[str]) -> Case | None:
    """The case that the words before a number demand, the nearest last; None where they demand none."""
    for at in range(len(before) - 1, -1, -1):
        lower = before[at].lower()
        if lower in {"с", "со"} and at and before[at - 1].lower() in {"соответствии", "связи", "вместе", "согласии"}:
            return Case.INS
        if (case := GOVERNORS.get(lower)) is not None:
            return case
        if lower not in SKIPPED:
            return Case.ACC if transitive(lower) else None
    return None


def form(number: int, noun: str, case: Case | None, *, near: bool = True) -> Numeral:
    """The form beside a noun, "" for none; `case` is that which the words before demand. `near` unless another number is between."""
    found = readings(noun)
    if not found:
        return Numeral(case or Case.NOM)
    gender = next((each.gender for each in found if not each.plural), found[0].gender)
    counted = _counted(number, found, case)
    numbered = _plain(noun).startswith(ORDINALS) and any(not each.plural for each in found)
    cases = {each.case for each in found}
    if case is Case.ACC and Case.LOC in cases and Case.ACC not in cases:
        case = Case.LOC  # «в 9 или 11 классе», «в 2 экземплярах»
    if _year(number, noun):
        return _ordinal([each for each in found if not each.plural] or list(found), case, far=not near)
    if not near and case is not None:
        return Numeral(case, gender, ordinal=numbered and (counted is None or _better_ordinal(number, noun, found, case, counted)))
    if numbered and (counted is None or _better_ordinal(number, noun, found, case, counted)):
        return _ordinal([each for each in found if not each.plural], case)
    return Numeral(case or Case.NOM if counted is None else counted, gender)


def _counted(number: int, found: tuple[Reading, ...], case: Case | None) -> Case | None:
    """The case where the noun is what is counted; None where its form does not allow it."""
    plural, singular = ({each.case for each in found if each.plural is many} for many in (True, False))
    if single(number):
        return _single(found, singular, plural, case)
    if case in plural - {Case.NOM, Case.ACC, Case.GEN}:
        return case
    if Case.GEN in plural:
        return Case.GEN if few(number) or case is Case.GEN else _straight(case)
    if Case.GEN in singular and few(number):
        return None if case is Case.GEN else _straight(case)
    oblique = plural - {Case.NOM, Case.ACC}
    return min(oblique) if oblique else None


def _single(found: tuple[Reading, ...], singular: set[Case], plural: set[Case], case: Case | None) -> Case | None:
    if not singular:
        return Case.GEN if Case.GEN in plural else None
    if case is Case.ACC and any(each.animate and each.case is Case.ACC and each.gender is Gender.MASC for each in found):
        return Case.GEN
    return case if case in singular else min(singular)


def _straight(case: Case | None) -> Case:
    return Case.ACC if case is Case.ACC else Case.NOM


def _better_ordinal(number: int, noun: str, found: tuple[Reading, ...], case: Case | None, counted: Case) -> bool:
    """«на 1 этаже»: what could be counted as well, but hardly is."""
    if not single(number):
        return False
    straight = any(each.case in {Case.NOM, Case.ACC} for each in found if not each.plural)
    return _plain(noun).startswith(RANKS) or (counted in {Case.LOC, Case.GEN} and case in {Case.ACC, Case.LOC, None} and not straight)


def _year(number: int, noun: str) -> bool:
    """Years that people speak of."""
    return 1800 <= number <= 2199 and _plain(noun).startswith("год")  # noqa: PLR2004


def _ordinal(found: list[Reading], case: Case | None, *, far: bool = False) -> Numeral:
    cases = {each.case for each in found}
    if far and case is not None:
        return Numeral(case, found[0].gender, ordinal=True)
    at = next((each for each in (case, *([Case.LOC] if case is Case.ACC else ())) if each in cases), min(cases))
    chosen = next(each for each in found if each.case is at)
    return Numeral(Case.GEN if at is Case.ACC and chosen.animate else at, chosen.gender, ordinal=True)


def _reading(grammemes: frozenset[str]) -> Reading:
    case = next(case for name, case in CASES.items() if name in grammemes)
    gender = next((gender for name, gender in GENDERS.items() if name in grammemes), Gender.MASC)
    return Reading(case, gender, "plur" in grammemes, "anim" in grammemes)


def _plain(word: str) -> str:
    return word.lower().replace("ё", "е")
