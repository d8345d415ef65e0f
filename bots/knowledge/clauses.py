"""Cuts a message into clauses that may each ask for something of their own: «сколько стоит загран и где фотографироваться, долго ждать»."""

import re

LONGEST = 3_000
"""Characters of a message that are cut."""
_MOST = 60
"""Clauses."""
_ENDS = re.compile(r"(?<=[.!?…;]) |\n")
_ASKS = "сколько|скока|скок|скоко|сколка|как|какие|какой|какая|где|куда|когда|кто|кому|что|чё"
_JOINTS = re.compile(
    rf" ?\b\d\) |, ?(?=(?:а|и|но|ещё|еще|также|плюс|или) )|, ?(?=(?:{_ASKS}|можно|нужно|надо)\b)"
    r"| (?=(?:а|и|ещё|еще|и ещё|и еще|и заодно|заодно|и кстати|кстати|а также|и ещё вопрос|и еще вопрос) "
    rf"(?:пошлина|цена|срок|документы|адрес|{_ASKS}|долго|дорого|скажите|подскажите|объясните|расскажите)\b)"
    r"| (?=и \w{2,20} ли\b)",
    re.IGNORECASE)
"""Where another question begins, in a text with one space between words: each pattern looks at a bounded number of characters."""


def clauses(text: str) -> list[tuple[str, bool]]:
    """Of a text of at most LONGEST characters, in order: the last ones, each with whether its sentence is a question."""
    text = "\n".join(" ".join(line.split()) for line in text.splitlines())
    found = [(stripped, sentence.endswith("?")) for sentence in _ENDS.split(text) for clause in _JOINTS.split(sentence)
             if (stripped := clause.strip(" ,\t"))]
    return found[-_MOST:]
