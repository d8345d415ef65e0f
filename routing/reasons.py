"""Vocabulary of hand-overs between centres: parties, purposes, reasons, refusals."""

from enum import StrEnum

from msgspec import Struct

from hub.conversations.transfer_route import TransferPurpose, TransferReason
from hub.organisation.level import TopicClass


class Party(StrEnum):
    """A party of a hand-over: a level, or one of the two that are no level."""

    FEDERAL = "federal"
    REGIONAL = "regional"
    MUNICIPAL = "municipal"
    SPECIALIST = "specialist"
    """A member of the staff of an МФЦ."""
    DEPARTMENT = "department"
    """A departmental centre for calls by telephone (RT-10)."""


class Denial(StrEnum):
    """Why a hand-over is refused."""

    NO_ROUTE = "no_route"
    SWITCHED_OFF = "switched_off"
    WRONG_ERRAND = "wrong_errand"
    WRONG_TOPIC = "wrong_topic"
    NO_MUNICIPAL_CENTRE = "no_municipal_centre"
    MUNICIPAL_CENTRE_EXISTS = "municipal_centre_exists"
    NOT_OVERLOADED = "not_overloaded"
    WRONG_PLACE = "wrong_place"


WHY = {
    Denial.NO_ROUTE: "Между этими центрами обращения не передаются.",
    Denial.SWITCHED_OFF: "Такая передача не включена в правилах центра.",
    Denial.WRONG_ERRAND: "Для этой передачи нет основания.",
    Denial.WRONG_TOPIC: "С таким вопросом сюда не передают.",
    Denial.NO_MUNICIPAL_CENTRE: "Для этого места муниципального центра нет.",
    Denial.MUNICIPAL_CENTRE_EXISTS: "Для этого места есть муниципальный центр: передайте ему.",
    Denial.NOT_OVERLOADED: "Центр не перегружен: ответьте сами.",
    Denial.WRONG_PLACE: "За это место отвечает другой центр.",
}


class Need(Struct, frozen=True):
    """Facts known for a hand-over."""

    topic: TopicClass = TopicClass.UNKNOWN
    errand: TransferPurpose = TransferPurpose.ANSWER
    overloaded: bool = False
    """The sender is under high load (D9)."""
    municipal_exists: bool = False
    """An active municipal centre answers for the place where the service is received (RT-11)."""


class Route(Struct, frozen=True):
    sender: Party
    receiver: Party
    reason: TransferReason


class Refusal(Struct, frozen=True):
    """`code` is for machines and tests, `why` for the operator."""

    code: Denial
    why: str


def refusal(code: Denial) -> Refusal:
    return Refusal(code, WHY[code])
