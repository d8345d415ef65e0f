"""A consultation in a call: its participants, its actual and requested topology.

    RINGS ─→ ASIDE ←─→ TOGETHER
      │        │           │
      └────────┴───────────┴──→ BACK (caller and operator), PASSED (caller and the consulted party)

The two topologies differ while legs are moved.
"""

import asyncio

from msgspec import Struct

from channels.voice.agi import Session
from hub.telephony.ports import CallTopology, Consultation

ASKED = "-asked"
"""Suffix of the consulted party's uniqueid."""
GONE, LOST, LEFT, CUT, UNREACHABLE = "gone", "lost", "left", "cut", "unreachable"
"""Reasons for BACK."""


class Legs(Struct, frozen=True):
    """The uniqueids of the participants."""

    caller: str
    operator: str
    asked: str


class LiveConsultation:
    """A current consultation. `company` is the actual, `wished` the requested topology."""

    def __init__(self, ask: Consultation, legs: Legs, company: CallTopology) -> None:
        self.ask, self.legs, self.company, self.wished, self.why = ask, legs, company, company, ""
        self.stale = False
        """The legs have left their topology, and must be moved again."""
        self.here: dict[str, asyncio.Future[Session | None]] = {}
        """Legs at the hub, or expected; None is a leg that has hung up."""
        self.changed, self.entered = asyncio.Event(), asyncio.Event()
        """Another topology is requested; the caller is connected."""
        self.cause: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        """The cause of the end of the consulted party's leg (Q.850)."""
        self.told = False
        """The hub has reported the result."""
        self.leg: str | None = None
        """The channel finally joined with the caller, once known; "" is none."""

    def log_fields(self, error: Exception) -> dict[str, object]:
        """Whose consultation it is, and the cause, for a log entry."""
        return {"conversation": self.ask.conversation, "why": str(error)}

    @property
    def room(self) -> str:
        return f"okno-{self.ask.record}"

    @property
    def decided(self) -> bool:
        """Whether the result is known."""
        return self.wished in {CallTopology.BACK, CallTopology.PASSED}

    @property
    def outward(self) -> bool:
        """The caller is transferred outside: reported when they are connected, since until then the caller may return."""
        return self.wished is CallTopology.PASSED and not self.ask.colleague

    @property
    def talks_on(self) -> str:
        """The final owner of the call."""
        return self.ask.colleague or self.ask.operator if self.wished is CallTopology.PASSED else self.ask.operator

    def wish(self, company: CallTopology, why: str = "") -> None:
        """Request a topology; after the result is known only the loss of the party changes anything."""
        if not self.decided or why in {LOST, LEFT}:
            self.wished, self.why = company, why
            self.changed.set()
