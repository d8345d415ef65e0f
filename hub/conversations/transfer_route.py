"""Way of a conversation through the centres, and the decisions about its next step. Pure."""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct


class TransferPurpose(StrEnum):
    """What the citizen needs the next holder for."""

    ANSWER = "answer"
    MFC_STAFF = "mfc_staff"
    """Advice of the staff of an МФЦ, or a visit to it, which only the МФЦ's own centre may book (RG-05)."""
    DEPARTMENT = "department"
    """A subject of a departmental centre."""
    RIGHT_PLACE = "right_place"
    """The conversation reached the centre of another territory (D6)."""
    STANDBY = "standby"
    """The centre cannot serve at all and its substitute takes over (D6)."""


class TransferReason(StrEnum):
    """Why a conversation was handed over. Mandatory and counted (RT-01); the values are stored, so they never change."""

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
"""Hand-overs that only shorten the wait. If refused, the conversation keeps its place."""


class TransferHop(Struct, frozen=True, gc=False, omit_defaults=True):
    """A hand-over from one centre to another. It is stored with the conversation, to prevent loops (RT-07)."""

    sender: str
    receiver: str
    """Codes of the centres."""
    reason: TransferReason
    at: datetime
    waiting_since: datetime | None = None
    """When the citizen began to wait, where the receiver has its own telephones: no other hub continues these clocks (RT-08)."""
    talked_since: datetime | None = None
    """The same for the connection of the first operator."""


class ToLine(Struct, frozen=True):
    """Another line takes it: another centre's, of specialists or of a department."""

    queue: str
    passed: TransferHop


class ToRemoteCentre(Struct, frozen=True):
    """A centre on another deployment takes it, over the link."""

    passed: TransferHop


class OfferCallback(Struct, frozen=True):
    """The wait cannot be shortened: the citizen may choose a callback."""

    predicted_s: float


class PromiseCallback(Struct, frozen=True):
    """It cannot be answered here and nobody may take it: the answer is promised, and `queue` owes it (RT-07)."""

    queue: str
    why: str


class ReferByPhone(Struct, frozen=True):
    """A centre without a link; the citizen is given its number and hours (LV-11)."""

    name: str
    number: str
    hours: str


class TransferRefused(Struct, frozen=True):
    """The transfer is not allowed. `why` is a sentence for the operator; `instead` is the responsible centre, if another."""

    why: str
    instead: ReferByPhone | None = None
    by_telephone: TransferHop | None = None
    """The hop to record when the citizen is connected to `instead` by telephone."""
