"""The centre's own telephone: «какой у вас телефон», told from the registry of today."""

from collections.abc import Callable, Iterable

from bots.knowledge.applicants import lemmas
from bots.knowledge.places import telephone
from bots.russian import Russian

_NUMBER = frozenset(["телефон", "номер", "номерок", "линия", "позвонить", "звонить", "дозвониться", "набрать"])
_OWN = frozenset(["вы", "вас", "вам", "вами", "ваш", "ваша", "сюда", "контакт-центр", "контактный", "колл"])
_OTHER = frozenset([
    "а", "и", "по", "у", "на", "в", "с", "как", "какой", "какая", "каков", "который", "что", "куда", "где", "можно", "ли", "есть",
    "быть", "это", "я", "мы", "мой", "мне", "центр", "контакт", "горячий", "единый", "бесплатный", "общий", "городской",
    "справочный", "подсказать", "сказать", "дать", "скинуть", "написать", "назвать", "напомнить", "пожалуйста", "плиз", "хотеть",
    "нужный", "нужно", "надо", "узнать", "снова", "ещё", "раз", "здравствуйте", "добрый", "день", "звонок", "свой", "чтобы",
    "сам", "сейчас", "телефонный", "чат", "через", "связаться", "напрямую", "мочь"])
"""Words beside which nothing else is asked for: with any other it may be the telephone of somebody else."""
_MOST = 14
"""Words of such a question."""


class OwnNumber:
    """`numbers` are the published ones of this centre today, which are free of charge, and `name` is the centre's."""

    def __init__(self, russian: Russian, name: Callable[[], str], numbers: Callable[[], Iterable[str]]) -> None:
        self._russian, self._name, self._numbers = russian, name, numbers

    def asked(self, text: str) -> bool:
        """Whether a text asks for the centre's telephone, and for nothing else."""
        words = [lemmas(self._russian, word) for word in self._russian.every(text)]
        return (0 < len(words) <= _MOST and any(not each.isdisjoint(_NUMBER) for each in words)
                and any(not each.isdisjoint(_OWN) for each in words)
                and all(not each.isdisjoint(_NUMBER | _OWN | _OTHER) for each in words))

    def told(self) -> str:
        """"" where the centre has no published number."""
        numbers = ", ".join(map(telephone, self._numbers()))
        return f"{self._name()}: {numbers}. Звонок бесплатный." if numbers else ""
