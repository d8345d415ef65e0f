"""Results of a simulation by level, in terms of the service targets (SL-03, D2)."""

from collections import Counter
from dataclasses import dataclass, field

from hub.conversations.transfer_route import TransferReason
from routing.forecast import TARGET_S


@dataclass(slots=True)
class ServiceLevelFigures:
    """Calls whose wait ended at centres of one level. offered = answered + abandoned + promised + still waiting."""

    answered: int = 0
    in_time: int = 0
    abandoned: int = 0
    abandoned_soon: int = 0
    """Within the target: shown separately, but not in time."""
    promised: int = 0
    """Chose a callback; never counted as in time (D2)."""
    kept: int = 0
    """Callbacks made."""
    waiting: int = 0
    """At the end of the simulation."""
    taken: int = 0
    """Conversations taken from other centres."""
    offered_callbacks: int = 0
    busy_signals: int = 0
    """Called while all lines were in use, so not even offered (SL-07)."""
    transfers: Counter[TransferReason] = field(default_factory=Counter)
    """To other centres, by reason, relief included."""
    waits_s: list[float] = field(default_factory=list)
    """Waits that have ended."""
    busy_s: float = 0
    staffed_s: float = 0

    def answer(self, wait_s: float) -> None:
        self.answered += 1
        self.in_time += wait_s <= TARGET_S
        self.waits_s.append(wait_s)

    def abandon(self, wait_s: float) -> None:
        self.abandoned += 1
        self.abandoned_soon += wait_s <= TARGET_S
        self.waits_s.append(wait_s)

    def promise(self, wait_s: float) -> None:
        self.promised += 1
        self.waits_s.append(wait_s)

    @property
    def offered(self) -> int:
        return self.answered + self.abandoned + self.promised + self.waiting

    @property
    def share(self) -> float:
        """Strict: of all that were offered, those answered within 20 s; 1 of none."""
        return self.in_time / self.offered if self.offered else 1.0

    @property
    def breaches(self) -> int:
        return self.offered - self.in_time

    @property
    def mean_wait_s(self) -> float:
        return sum(self.waits_s) / len(self.waits_s) if self.waits_s else 0.0

    @property
    def busy_share(self) -> float:
        """Of all calls; target 0 (SL-07)."""
        called = self.offered + self.busy_signals
        return self.busy_signals / called if called else 0.0

    @property
    def occupancy(self) -> float:
        return self.busy_s / self.staffed_s if self.staffed_s else 0.0

    def percentile_s(self, share: float) -> float:
        return sorted(self.waits_s)[min(int(len(self.waits_s) * share), len(self.waits_s) - 1)] if self.waits_s else 0.0


def total(parts: list[ServiceLevelFigures]) -> ServiceLevelFigures:
    """All levels together."""
    everything = ServiceLevelFigures()
    for part in parts:
        for name in ("answered", "in_time", "abandoned", "abandoned_soon", "promised", "kept", "waiting", "taken", "offered_callbacks",
                     "busy_signals", "busy_s", "staffed_s"):
            setattr(everything, name, getattr(everything, name) + getattr(part, name))
        everything.transfers += part.transfers
        everything.waits_s += part.waits_s
    return everything
