"""What is told of an application that a system of the state has, and how sure it must be who asks (ST-01, ST-02, ST-04). Pure.

How sure it is holds for one question: whoever asks about another application proves it again, unless he is signed in by ЕСИА.
"""

import re
from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum

from msgspec import Struct

from hub.integrations.department_systems import Standing
from hub.kernel.errors import RefusedError


class AssuranceLevel(StrEnum):
    """How who asks has shown whose application it is, the surest last."""

    NOTHING = "nothing"
    PAPERS = "papers"
    """СНИЛС, name and number of the application, as its system has them."""
    WORD = "word"
    """The code word that was chosen in person, from the number that was registered with it."""
    ACCOUNT = "account"
    """A confirmed account at Госуслуги (ЕСИА), of this hour."""

    def reaches(self, needed: "AssuranceLevel") -> bool:
        order = list(AssuranceLevel)
        return order.index(self) >= order.index(needed)


class StatusPart(StrEnum):
    """A class of what a system tells of an application."""

    STATE = "state"
    TERM = "term"
    RESULT = "result"
    PERSONAL = "personal"


class Required(Struct, frozen=True, forbid_unknown_fields=True):
    """The level that each class needs; docs/status.md shows the same table."""

    state: AssuranceLevel = AssuranceLevel.PAPERS
    term: AssuranceLevel = AssuranceLevel.PAPERS
    result: AssuranceLevel = AssuranceLevel.WORD
    personal: AssuranceLevel = AssuranceLevel.ACCOUNT

    def __post_init__(self) -> None:
        if any(each is AssuranceLevel.NOTHING for each in self.table().values()):
            message = "status: nothing of an application is told to whoever has proved nothing"
            raise ValueError(message)

    def table(self) -> Mapping[StatusPart, AssuranceLevel]:
        return {part: getattr(self, part.value) for part in StatusPart}


class DisclosedStatus(Struct, frozen=True):
    """An application as far as it may be told: what is not in `parts` is empty, and `withheld` if there is more to be told."""

    number: str
    service: str
    source: str
    at: datetime
    sure: AssuranceLevel
    parts: tuple[StatusPart, ...]
    withheld: tuple[StatusPart, ...]
    words: str = ""
    due: date | None = None
    result: str = ""
    personal: str = ""
    represented: bool = False
    """Whether it is somebody else's, by a recorded power."""


class Question(Struct, frozen=True):
    """What is asked, as it was said: `snils` is of whose application it is."""

    number: str
    snils: str = ""
    name: str = ""
    word: str = ""

    @property
    def proves(self) -> bool:
        """Whether anything is said that could prove something."""
        return bool(self.snils and (self.name or self.word))


LEVELS = {AssuranceLevel.NOTHING: "без подтверждения", AssuranceLevel.PAPERS: "СНИЛС, имя и номер заявления",
          AssuranceLevel.WORD: "кодовое слово и номер телефона",
          AssuranceLevel.ACCOUNT: "вход через Госуслуги"}
PARTS = {StatusPart.STATE: "состояние", StatusPart.TERM: "срок", StatusPart.RESULT: "результат", StatusPart.PERSONAL: "личные сведения"}
NOT_TOLD = RefusedError("not_told", "По этим данным ничего сообщить нельзя. Проверьте номер заявления, СНИЛС, имя или кодовое слово. "
                                    "За другого спрашивает тот, чьи полномочия записаны в центре.")
"""One answer for what is not there, for what is another's, and for a wrong proof (ST-02)."""
PROVE = ("Ход услуги сообщают только заявителю. Напишите одной строкой: «заявление», номер заявления, СНИЛС и кодовое слово либо "
         "фамилию, имя и отчество, как в заявлении. Если вы вошли через Госуслуги, достаточно номера.")
PROVE_BY_KEYS = ("Ход услуги сообщают только заявителю. Нажмите звёздочку, номер заявления, звёздочку, СНИЛС, звёздочку, "
                 "кодовое слово цифрами и решётку. Или нажмите ноль: ответит оператор.")
_SNILS = re.compile(r"(\d{3})[\s-]?(\d{3})[\s-]?(\d{3})[\s-]?(\d{2})")


def told(standing: Standing, sure: AssuranceLevel, required: Required, *, represented: bool = False) -> DisclosedStatus:
    """What of it may be told at a level."""
    there = {StatusPart.STATE: standing.words, StatusPart.TERM: standing.due, StatusPart.RESULT: standing.result,
             StatusPart.PERSONAL: standing.personal}
    table = required.table()
    parts = tuple(part for part in StatusPart if there[part] and sure.reaches(table[part]))
    withheld = tuple(part for part in StatusPart if there[part] and part not in parts)
    return DisclosedStatus(
        standing.number, standing.service, standing.source, standing.at, sure, parts, withheld,
        standing.words if StatusPart.STATE in parts else "", standing.due if StatusPart.TERM in parts else None,
        standing.result if StatusPart.RESULT in parts else "", standing.personal if StatusPart.PERSONAL in parts else "", represented)


def spelled(typed: str) -> str:
    """A СНИЛС as systems have it, «000-000-000 00»; "" for what is none. Its sum is the system's to judge."""
    found = _SNILS.fullmatch(typed.strip())
    return "{}-{}-{} {}".format(*found.groups()) if found else ""


def said(number: str, snils: str, proof: str) -> Question:
    """What a citizen has said in one go: a single word is the code word, more are a name."""
    words = proof.split()
    return Question(number, snils, " ".join(words), "") if len(words) > 1 else Question(number, snils, "", "".join(words))
