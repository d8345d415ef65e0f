"""Referral of a case to the responsible authority: way, receipt, and its deadline (CM-03). Pure.

owed ──► sent ──► received
  │        ╲        ▲
  ╰──► failed ──────╯     (by hand: the operator records the number of the receipt)
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from enum import StrEnum

from hub.kernel.document import Document
from hub.kernel.indexes import IndexEntry
from hub.knowledge.authorities import Authority
from hub.knowledge.completeness import above


class ReferralWay(StrEnum):
    EMAIL = "email"
    HAND = "hand"
    """A letter, a courier, or an external system without an interface: an operator does it and records it."""


class ReferralState(StrEnum):
    OWED = "owed"
    """Not sent yet."""
    SENT = "sent"
    """Sent, without a receipt."""
    FAILED = "failed"
    """Delivery failed."""
    RECEIVED = "received"


WAITS = frozenset({ReferralState.OWED, ReferralState.SENT, ReferralState.FAILED})


def id_of(case: str, place: int) -> str:
    """`place` is the index of the referral within the case, from 1."""
    return f"{case}/{place}"


class Referral(Document, frozen=True, omit_defaults=True, tag="referral"):
    """`id` is that of `id_of`."""

    id: str
    case: str
    authority: str
    home: str
    """The line of the responsible centre."""
    way: ReferralWay
    address: str
    """The mailbox; "" for delivery by hand."""
    at: datetime
    by: str
    due: datetime
    """Deadline of the receipt."""
    state: ReferralState = ReferralState.OWED
    why: str = ""
    """Why the delivery failed."""
    receipt: str = ""
    """The authority's receipt number, or the carrier's confirmation."""
    received: datetime | None = None
    alarmed: bool = False
    """Supervisors were alerted that no receipt has come."""
    superseded: datetime | None = None
    """Since when the receipt is not needed: the case went elsewhere, or was answered. A late receipt is recorded."""

    def marks(self) -> Iterator[IndexEntry]:
        yield IndexEntry("case", self.case, self.at)
        yield IndexEntry("authority", self.authority, self.at)
        if self.state is ReferralState.OWED and self.way is ReferralWay.EMAIL:
            yield IndexEntry("owed", at=self.at)
        if self.waits:
            yield IndexEntry("waits", self.home, self.due)
            if not self.alarmed:
                yield IndexEntry("alarm", at=self.due)

    @property
    def waits(self) -> bool:
        """Whether its receipt is still needed."""
        return self.state in WAITS and self.superseded is None

    @property
    def notice(self) -> str:
        """The key of its notice."""
        return f"referral/{self.id}"


def judges(complained_of: str, authorities: Mapping[str, Authority]) -> list[Authority]:
    """Bodies that may decide a complaint, nearest first: superiors and controlling bodies; never the authority itself or a subordinate.

    Empty where the authority is not in the catalogue, or its chain has a gap.
    """
    own = authorities.get(complained_of)
    return [each for each in above(own, authorities) if each.id != complained_of] if own else []


def next_judge(complained_of: str, referrals: Iterable[Referral], authorities: Mapping[str, Authority]) -> Authority | None:
    """The next body if the ones that have the complaint stay silent."""
    asked = {each.authority for each in referrals}
    return next((each for each in judges(complained_of, authorities) if each.id not in asked), None)
