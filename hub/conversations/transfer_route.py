"""What a conversation remembers of its way over the centres, and what it may do next instead of waiting where it is. Pure."""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct


class TransferPurpose(StrEnum):
    """What the citizen needs the next holder for."""

    ANSWER = "answer"
    MFC_STAFF = "mfc_staff"
    """Advice of the staff of an МФЦ, or a visit to it: what only the МФЦ's own centre may book (RG-05)."""
    DEPARTMENT = "department"
    """A matter of a departmental centre."""
    RIGHT_PLACE = "right_place"
    """Came to the centre of another territory (D6)."""
    STANDBY = "standby"
    """The centre cannot serve at all and another stands in (D6)."""


class TransferReason(StrEnum):
    """Why a conversation was handed over. Compulsory and counted (RT-01); the words are stored, so they never change."""

    SITE_BALANCING = "site_balancing"
    PERSONALISED = "personalised"
    TERRITORIAL = "territorial"
    MUNICIPAL_SERVICE = "municipal_service"
    GENERAL_OVERLOAD = "general_overload"
    MFC_CONSULTATION = "mfc_consultation"
    DEPARTMENTAL = "departmental"
    MISROUTED = "misrouted"
    FAILOVER = "failover"


RELIEF = frozenset({TransferReason.GENERAL_OVERLOAD, TransferReason.SITE_BALANCING})
"""Hand-overs that only shorten the wait. The conversation can be answered where it is, so refused it keeps its place."""


class TransferHop(Struct, frozen=True, gc=False, omit_defaults=True):
    """A hand-over from one centre to another. It travels along, so that nothing goes round in circles (RT-07)."""

    sender: str
    receiver: str
    """Codes of the centres."""
    reason: TransferReason
    at: datetime
    waiting_since: datetime | None = None
    """When the citizen began to wait, where the receiver has telephones of its own: no other hub goes on with his clocks (RT-08)."""
    talked_since: datetime | None = None
    """The same for when an operator was first connected."""


class ToLine(Struct, frozen=True):
    """Another line takes it: another centre's, of specialists or of a department."""

    queue: str
    passed: TransferHop


class ToRemoteCentre(Struct, frozen=True):
    """A centre on another deployment takes it, over the line between them."""

    passed: TransferHop


class OfferCallback(Struct, frozen=True):
    """Nobody can shorten the wait: the citizen may choose to be answered later."""

    predicted_s: float


class PromiseCallback(Struct, frozen=True):
    """It cannot be answered here and nobody may take it: the answer is promised, and `queue` owes it (RT-07)."""

    queue: str
    why: str


class ReferByPhone(Struct, frozen=True):
    """A centre that cannot be handed over to from here; nobody is sent there without its number and hours (LV-11)."""

    name: str
    number: str
    hours: str


class TransferRefused(Struct, frozen=True):
    """It may not go there. `why` is a sentence for the operator; `instead` is who would answer, if that is somewhere else."""

    why: str
    instead: ReferByPhone | None = None
    by_telephone: TransferHop | None = None
    """Who `instead` is, to be noted when the citizen is joined to it by telephone."""
