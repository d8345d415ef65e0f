"""Estimates whether a password is easy to guess, by known passwords and facts about its owner (SE-01). No input or output. Pure."""

import re
from collections.abc import Iterable

SHORTEST, LONGEST = 10, 200
READ = 72
"""Characters that are examined: further ones make no password weaker, and each costs more time than the last."""
HARD = 10 ** 9
"""Guesses of an attacker who tries likely passwords first. Of 1777 leaked passwords of ten characters and more (Django's list) 90 %
need fewer.
"""
OURS = (
    "okno", "окно", "hub", "хаб", "centre", "center", "центр", "цто", "мфц", "mfc", "госуслуги", "gosuslugi", "едс", "112",
    "operator", "оператор", "supervisor", "супервизор", "старший", "admin", "админ", "администратор", "designer", "дизайнер",
    "обращение", "заявитель", "гражданин", "контакт", "горячая", "линия", "hotline", "callcenter", "колцентр",
    "пароль", "привет", "россия", "москва", "зима", "весна", "лето", "осень",
)
"""Words that attackers of this product try first. docs/configuration.md lists them."""
LATIN = str.maketrans("йцукенгшщзхъфывапролджэячсмитьбюё", "qwertyuiop[]asdfghjkl;'zxcvbnm,.`")
"""A Russian word and the keys it is typed with are the same word to an attacker."""


def is_easy(password: str, about: Iterable[str] = ()) -> bool:
    """Whether attackers find it soon; `about` is what they know of its owner: login, name, centre."""
    from zxcvbn import zxcvbn  # noqa: PLC0415 - its lists take 12 MB, needed only when a password is chosen

    words = [word for text in (*OURS, *about) for word in re.findall(r"\w{3,}", text.lower())]
    weighed = password[:READ].lower().translate(LATIN)
    return any(zxcvbn(each, [*words, *(word.translate(LATIN) for word in words)])["guesses"] < HARD for each in (password[:READ], weighed))
