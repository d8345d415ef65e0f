"""Cuts a message into clauses that may each ask for something of their own: «сколько стоит загран и где фотографироваться, долго ждать»."""

import re

LONGEST = 3_000
"""Characters of a message that are cut."""
_MOST = 60
"""Clauses."""
_ENDS = re.compile(r"(?<=[.!?…;\n])\s+|\n+")
_JOINTS = re.compile(
    r"\s*\b\d\)\s+|,\s*(?=(?:а|и|но|ещё|еще|также|плюс|или)\s)|,\s*(?=(?:сколько|скока|скок|скоко|сколка|как|какие|какой|какая|где|куда|когда|кто|кому|что|чё|можно|нужно|надо)\b)"
    r"|\s+(?=(?:а|и|ещё|еще|и\s+ещё|и\s+еще|и\s+заодно|заодно|и\s+кстати|кстати|а\s+также|и\s+ещё\s+вопрос|и\s+еще\s+вопрос)\s+(?:пошлина|цена|срок|документы|адрес|сколько|скока|скок|скоко|сколка|как|какие|какой|какая|где|куда|когда|кто|кому|что|чё|долго|дорого|скажите|подскажите|объясните|расскажите)\b)"
    r"|\s+(?=и\s+\w{2,20}\s+ли\b)",
    re.IGNORECASE)
"""Where another question begins. Each pattern looks at a bounded number of characters: the time is linear."""


def clauses(text: str) -> list[tuple[str, bool]]:
    """Of a text of at most LONGEST characters, in order: the last ones, each with whether its sentence is a question."""
    found = [(stripped, sentence.endswith("?")) for sentence in _ENDS.split(text) for clause in _JOINTS.split(sentence)
             if (stripped := clause.strip(" ,\t"))]
    return found[-_MOST:]
