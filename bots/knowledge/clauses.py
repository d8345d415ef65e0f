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
_BEFORE = "".join(rf"(?<!\b{each})" for each in ("в", "во", "до", "за", "на", "по", "с", "у", "через"))
_FURTHER = re.compile(
    rf", |,? (?=(?:а|и|или|ещё|еще|также|плюс|потом|заодно) )|{_BEFORE} (?=(?:сколько|скока|скок|скоко|как|какие|где|куда|когда) )",
    re.IGNORECASE)
"""Where something else may begin, if that is what the words behind are about; «за сколько» is one."""
_JOINED = re.compile(r"(?:и|или|а|плюс|также) ", re.IGNORECASE)
_PIECES = 8
"""Parts of a clause."""


def clauses(text: str) -> list[tuple[str, int]]:
    """Of a text of at most LONGEST characters, in order: the last ones, each with the number of its sentence if that asks, else 0."""
    text = "\n".join(" ".join(line.split()) for line in text.splitlines())
    found = [(stripped, number if sentence.endswith("?") else 0) for number, sentence in enumerate(_ENDS.split(text), 1)
             for clause in _JOINTS.split(sentence) if (stripped := clause.strip(" ,\t"))]
    return found[-_MOST:]


def is_joined(piece: str) -> bool:
    """Whether what is asked of the part before is asked of this one as well: «и лицензия на ружьё»."""
    return _JOINED.match(piece) is not None


def pieces(clause: str) -> list[str]:
    """The parts of a clause that may each be about something else: «охотничий билет | и лицензия на ружьё»."""
    return [piece for each in _FURTHER.split(clause, _PIECES - 1) if (piece := each.strip(" ,"))]
