"""Units of measure and money: what a short form is, and its noun in each case. Pure."""

from msgspec import Struct

from channels.voice.spoken_text.numerals import GROUPS, Case, Gender, few, single

Forms = tuple[str, str, str, str, str, str]


class Unit(Struct, frozen=True, gc=False):
    """A noun in the order of Case."""

    gender: Gender
    singular: Forms
    plural: Forms
    after: str = ""
    """What follows in the genitive, whatever the number: «километров в час»."""

    def form(self, number: int, case: Case) -> str:
        """Beside a number: «два рубля», «двух рублей»."""
        if single(number):
            noun = self.singular[case]
        elif case in {Case.NOM, Case.ACC}:
            noun = self.singular[Case.GEN] if few(number) else self.plural[Case.GEN]
        else:
            noun = self.plural[case]
        return f"{noun}{self.after}"


def _masculine(stem: str, *, plural: str = "ов") -> Unit:
    return Unit(Gender.MASC, (stem, f"{stem}а", f"{stem}у", stem, f"{stem}ом", f"{stem}е"),
                (f"{stem}ы", f"{stem}{plural}", f"{stem}ам", f"{stem}ы", f"{stem}ами", f"{stem}ах"))


def _feminine(stem: str, *, many: str = "") -> Unit:
    hard = "и" if stem[-1] in "гкхжчшщ" else "ы"
    return Unit(Gender.FEM, (f"{stem}а", stem + hard, f"{stem}е", f"{stem}у", f"{stem}ой", f"{stem}е"),
                (stem + hard, many or stem, f"{stem}ам", stem + hard, f"{stem}ами", f"{stem}ах"))


def _per(unit: Unit, after: str) -> Unit:
    return Unit(unit.gender, unit.singular, unit.plural, after)


def _squared(word: str) -> Unit:
    """«квадратный метр»."""
    one, many = ("ый", "ого", "ому", "ый", "ым", "ом"), ("ые", "ых", "ым", "ые", "ыми", "ых")
    metre = _masculine("метр")
    adjectives = [tuple(f"{word}{ending} {noun}" for ending, noun in zip(endings, nouns, strict=True))
                  for endings, nouns in ((one, metre.singular), (many, metre.plural))]
    singular, plural = adjectives
    return Unit(Gender.MASC, singular, plural)  # type: ignore[arg-type]  # six forms each


ROUBLE = Unit(Gender.MASC, ("рубль", "рубля", "рублю", "рубль", "рублём", "рубле"),
              ("рубли", "рублей", "рублям", "рубли", "рублями", "рублях"))
KOPECK = _feminine("копейк", many="копеек")
PERCENT = _masculine("процент")
YEAR = Unit(Gender.MASC, ("год", "года", "году", "год", "годом", "годе"), ("годы", "лет", "годам", "годы", "годами", "годах"))
HOUR, MINUTE, SECOND = _masculine("час"), _feminine("минут"), _feminine("секунд")
BILLION, MILLION, THOUSAND = (Unit(gender, singular, plural) for _, _, singular, plural, gender in GROUPS)
DAY = Unit(Gender.MASC, ("день", "дня", "дню", "день", "днём", "дне"), ("дни", "дней", "дням", "дни", "днями", "днях"))
MONTH = Unit(Gender.MASC, ("месяц", "месяца", "месяцу", "месяц", "месяцем", "месяце"),
             ("месяцы", "месяцев", "месяцам", "месяцы", "месяцами", "месяцах"))
_METRE, _KILOMETRE = _masculine("метр"), _masculine("километр")

UNITS = {
    "₽": ROUBLE, "руб": ROUBLE, "р": ROUBLE, "коп": KOPECK, "$": _masculine("доллар"), "%": PERCENT,
    "тыс": THOUSAND, "млн": MILLION, "млрд": BILLION,
    "г": YEAR, "гг": YEAR, "лет": YEAR, "мес": MONTH, "дн": DAY, "ч": HOUR, "час": HOUR, "мин": MINUTE, "сек": SECOND,
    "км": _KILOMETRE, "м": _METRE, "см": _masculine("сантиметр"), "мм": _masculine("миллиметр"),
    "м²": _squared("квадратн"), "м2": _squared("квадратн"), "м³": _squared("кубическ"), "м3": _squared("кубическ"),
    "га": _masculine("гектар"),
    "кг": _masculine("килограмм"), "гр": _masculine("грамм"), "т": _feminine("тонн"), "л": _masculine("литр"),
    "мл": _masculine("миллилитр"),
    "шт": _feminine("штук"), "экз": _masculine("экземпляр"), "чел": Unit(
        Gender.MASC, ("человек", "человека", "человеку", "человека", "человеком", "человеке"),
        ("люди", "человек", "людям", "человек", "людьми", "людях")),
    "км/ч": _per(_KILOMETRE, " в час"), "°": _masculine("градус"), "кВт": _masculine("киловатт", plural=""),
    "Гкал": Unit(Gender.FEM, ("гигакалория", "гигакалории", "гигакалории", "гигакалорию", "гигакалорией", "гигакалории"),
                 ("гигакалории", "гигакалорий", "гигакалориям", "гигакалории", "гигакалориями", "гигакалориях")),
    "МБ": _masculine("мегабайт", plural=""), "ГБ": _masculine("гигабайт", plural=""), "КБ": _masculine("килобайт", plural=""),
    "Мбайт": _masculine("мегабайт", plural=""),
}
"""By the short form, without its point."""
