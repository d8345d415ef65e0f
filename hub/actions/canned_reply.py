"""Canned replies and macros, of an operator or of lines. Pure.

A placeholder in braces is filled on insertion: {имя} and {номер} of the conversation, {оператор} and {центр} of the author.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime

from msgspec import Struct

from hub.kernel.document import Document
from hub.kernel.errors import RefusedError

FIELDS = ("имя", "номер", "оператор", "центр")
MOST_OWN, MOST_SHARED = 200, 2000
_FIELD = re.compile(r"\{([^{}]*)\}")
_GAP = re.compile(r"((?:,|(?<![, \t]))[ \t]*)\{([^{}\n]*)\}")
_SIGN = re.compile(r"[\w.-]*")


class CannedWords(Struct, frozen=True, omit_defaults=True):
    """`sign` is its shortcut after the slash; `queues` are the lines it is for, () makes it private.

    With a `note` for colleagues, a target line `then_queue` or a closing topic `then_topic` it is a macro, whose `text` may be "".
    """

    title: str
    text: str
    sign: str = ""
    queues: tuple[str, ...] = ()
    note: str = ""
    then_queue: str = ""
    then_topic: str = ""

    @property
    def macro(self) -> bool:
        """Whether it does more than send a text."""
        return bool(self.note or self.then_queue or self.then_topic)


class CannedReply(Document, frozen=True, omit_defaults=True, tag="canned"):
    """A reply in its newest version. `owner` is a login, "" where it is shared by lines."""

    id: str
    version: int
    words: CannedWords
    written_by: str
    written: datetime
    owner: str = ""


def checked(words: CannedWords) -> CannedWords:
    """The reply as stored; raises RefusedError for unknown placeholders and invalid shortcuts."""
    sign = words.sign.strip().lower().removeprefix("/")
    tidy = CannedWords(words.title.strip(), words.text.strip(), sign, tuple(sorted(set(words.queues))),
                       words.note.strip(), words.then_queue, words.then_topic)
    if not tidy.title or not (tidy.text or tidy.macro):
        raise RefusedError("empty", "У заготовки должны быть название и текст или действие.")
    if tidy.then_queue and tidy.then_topic:
        raise RefusedError("two_ends", "Разговор или передают, или завершают: выберите одно.")
    if not _SIGN.fullmatch(tidy.sign):
        raise RefusedError("bad_sign", "Краткое имя — одно слово: буквы, цифры, точка и дефис.")
    if unknown := sorted({each for each in _FIELD.findall(f"{tidy.text}\n{tidy.note}") if each not in FIELDS}):
        known = ", ".join(f"{{{each}}}" for each in FIELDS)
        raise RefusedError("unknown_field", f"Подставить нечего: {', '.join(f'{{{each}}}' for each in unknown)}. Можно: {known}.")
    return tidy


def free_sign(words: CannedWords, others: Iterable[CannedReply]) -> None:
    """Raises RefusedError for an ambiguous shortcut; `others` are private or shared like the reply."""
    for other in others:
        meet = not words.queues or not set(words.queues).isdisjoint(other.words.queues)
        if words.sign and other.words.sign == words.sign and meet:
            raise RefusedError("sign_taken", f"Имя «/{words.sign}» уже у заготовки «{other.words.title}».")


def filled(text: str, values: Mapping[str, str]) -> str:
    """The text with its placeholders filled; an empty one goes with the comma before it. As the desk does (cannedReplies.ts)."""
    def put(found: re.Match[str]) -> str:
        value = values.get(found[2])
        return found[0] if value is None else found[1] + value if value else ""
    return _GAP.sub(put, text)
