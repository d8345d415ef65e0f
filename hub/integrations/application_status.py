"""Status of an application in a state system: what may be disclosed at which assurance level (ST-01, ST-02, ST-04). Pure.

The level is valid for one question: another application needs another proof, except after sign-in by ЕСИА.
"""

import re
from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from msgspec import Struct

from hub.integrations.department_systems import Standing
from hub.kernel.errors import RefusedError
from hub.organisation.opening_words import MONTHS, clock


class AssuranceLevel(StrEnum):
    """How the asker has proved the ownership of the application, the strongest last."""

    NOTHING = "nothing"
    PAPERS = "papers"
    """СНИЛС, name and number of the application, matching its system."""
    WORD = "word"
    """The code word chosen in person, from the number registered with it."""
    ACCOUNT = "account"
    """A confirmed account at Госуслуги (ЕСИА), within this hour."""

    def reaches(self, needed: "AssuranceLevel") -> bool:
        order = list(AssuranceLevel)
        return order.index(self) >= order.index(needed)


class StatusPart(StrEnum):
    """A class of data about an application."""

    STATE = "state"
    TERM = "term"
    RESULT = "result"
    PERSONAL = "personal"


class Required(Struct, frozen=True, forbid_unknown_fields=True):
    """The level required for each class; docs/status.md has the same table."""

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
    """The disclosable part of an application: fields outside of `parts` are empty, and `withheld` tells that there is more."""

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
    """Whether it is another person's, by a recorded power of attorney."""


class Question(Struct, frozen=True):
    """The question as it was asked: `snils` is that of the application's owner."""

    number: str
    snils: str = ""
    name: str = ""
    word: str = ""

    @property
    def proves(self) -> bool:
        """Whether it contains any proof."""
        return bool(self.snils and (self.name or self.word))


LEVELS = {AssuranceLevel.NOTHING: "без подтверждения", AssuranceLevel.PAPERS: "СНИЛС, имя и номер заявления",
          AssuranceLevel.WORD: "кодовое слово и номер телефона",
          AssuranceLevel.ACCOUNT: "вход через Госуслуги"}
PARTS = {StatusPart.STATE: "состояние", StatusPart.TERM: "срок", StatusPart.RESULT: "результат", StatusPart.PERSONAL: "личные сведения"}
NOT_TOLD = RefusedError("not_told", "По этим данным ничего сообщить нельзя. Проверьте номер заявления, СНИЛС, имя или кодовое слово. "
                                    "За другого спрашивает тот, чьи полномочия записаны в центре.")
"""The same answer for unknown applications, others' applications, and wrong proofs (ST-02)."""
PROVE = ("Ход услуги сообщают только заявителю. Напишите одной строкой: «заявление», номер заявления, СНИЛС и кодовое слово либо "
         "фамилию, имя и отчество, как в заявлении. Если вы вошли через Госуслуги, достаточно номера.")
PROVE_BY_KEYS = ("Ход услуги сообщают только заявителю. Нажмите звёздочку, номер заявления, звёздочку, СНИЛС, звёздочку, "
                 "кодовое слово цифрами и решётку. Или нажмите ноль: ответит оператор.")
_SNILS = re.compile(r"(\d{3})[\s-]?(\d{3})[\s-]?(\d{3})[\s-]?(\d{2})")


def told(standing: Standing, sure: AssuranceLevel, required: Required, *, represented: bool = False) -> DisclosedStatus:
    """The part that may be disclosed at a level."""
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
    """A СНИЛС in the spelling of systems, «000-000-000 00»; "" for an invalid one. The check sum is left to the system."""
    found = _SNILS.fullmatch(typed.strip())
    return "{}-{}-{} {}".format(*found.groups()) if found else ""


def said(number: str, snils: str, proof: str) -> Question:
    """Interprets a citizen's words: a single word is the code word, several are a name."""
    words = proof.split()
    return Question(number, snils, " ".join(words), "") if len(words) > 1 else Question(number, snils, "", "".join(words))


def words(told: DisclosedStatus, required: Required, zone: ZoneInfo) -> str:
    """The disclosed data, its source and time, and how to learn the rest."""
    at = told.at.astimezone(zone)
    parts = (
        f"Заявление № {told.number} ({told.service}).", _sentence(told.words), _sentence(f"Срок — до {_day(told.due)}" if told.due else ""),
        _sentence(f"Результат: {told.result}" if told.result else ""), _sentence(told.personal),
        f"По данным: {told.source}, на {_day(at.date())}, {at.hour}:{at:%M} {clock(at)}.", *_rest(told, required))
    return " ".join(part for part in parts if part)


def _rest(told: DisclosedStatus, required: Required) -> list[str]:
    table = required.table()
    return [f"Чтобы узнать {PARTS[each]}, нужно: {LEVELS[table[each]]}." for each in told.withheld]


def _sentence(said: str) -> str:
    return f"{said.rstrip('.')}." if said else ""


def _day(day: date) -> str:
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"
