"""A case on its way to an authority that must answer it: by what way, with what receipt, and until when one is awaited (CM-03). Pure.

owed ──► sent ──► received
  │        ╲        ▲
  ╰──► failed ──────╯     (by hand: whoever brings it writes the receipt's number down)
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
    """A letter, a courier, a system of theirs that we are not joined to: somebody does it and says so."""


class ReferralState(StrEnum):
    OWED = "owed"
    """Nothing has gone out yet."""
    SENT = "sent"
    """It has gone out, and nobody has said that it came."""
    FAILED = "failed"
    """It could not be carried."""
    RECEIVED = "received"


WAITS = frozenset({ReferralState.OWED, ReferralState.SENT, ReferralState.FAILED})


def id_of(case: str, place: int) -> str:
    """`place` is which of the case's referrals it is, from 1 on."""
    return f"{case}/{place}"


class Referral(Document, frozen=True, omit_defaults=True, tag="referral"):
    """`id` is that of `id_of`."""

    id: str
    case: str
    authority: str
    home: str
    """The line whose centre answers for the case."""
    way: ReferralWay
    address: str
    """The mailbox; "" for what is brought by hand."""
    at: datetime
    by: str
    due: datetime
    """Until when a receipt is awaited."""
    state: ReferralState = ReferralState.OWED
    why: str = ""
    """Why it could not be carried."""
    receipt: str = ""
    """Its number with them, or how the carrier tells of it."""
    received: datetime | None = None
    alarmed: bool = False
    """The leaders were told that no receipt has come."""
    superseded: datetime | None = None
    """Since when nobody waits for its receipt: the case went elsewhere, or was answered. What comes late is noted all the same."""

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
        """Whether somebody still waits for its receipt."""
        return self.state in WAITS and self.superseded is None

    @property
    def notice(self) -> str:
        """The key of the notice that carries it."""
        return f"referral/{self.id}"


def judges(complained_of: str, authorities: Mapping[str, Authority]) -> list[Authority]:
    """Who may decide a complaint, the nearest first: those above the authority and those who control it; never itself, nor one below it.

    Empty where the authority is not in the catalogue, or its ladder has a gap.
    """
    own = authorities.get(complained_of)
    return [each for each in above(own, authorities) if each.id != complained_of] if own else []


def next_judge(complained_of: str, referrals: Iterable[Referral], authorities: Mapping[str, Authority]) -> Authority | None:
    """Whom a complaint goes to if those who have it stay silent."""
    asked = {each.authority for each in referrals}
    return next((each for each in judges(complained_of, authorities) if each.id not in asked), None)
