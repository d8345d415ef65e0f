"""What a contract agrees on quality, in numbers, and what of it was missed (LV-07). Pure."""

from collections.abc import Iterator
from enum import StrEnum

from msgspec import Struct

LEAST_CONTACTS = 20
"""With fewer contacts a share says little: nothing is a breach yet."""


class ContractTarget(StrEnum):
    ANSWERED = "answered_percent"
    """Of all who asked, so many at least are answered within 20 s."""
    LEFT = "left_percent"
    """So many at most leave before an answer."""
    HANDLING = "handling_s"
    """A talk with its notes takes so long at most, on the mean."""
    RETURNED = "returned_percent"
    """Of those who were served, so many at most come again within seven days with the same topic."""


class ContractTargets(Struct, frozen=True, forbid_unknown_fields=True):
    """0 is not agreed."""

    answered_percent: int = 0
    left_percent: int = 0
    handling_s: int = 0
    returned_percent: int = 0

    @property
    def agreed(self) -> bool:
        return self != ContractTargets()

    def limit(self, target: ContractTarget) -> int:
        found: int = getattr(self, target)
        return found


class ContractFigures(Struct, frozen=True):
    """Measured; None where nothing was counted. `offered` are the contacts, `answered` those whom the contractor's people answered."""

    offered: int = 0
    answered: int = 0
    answered_percent: float | None = None
    left_percent: float | None = None
    handling_s: float | None = None
    returned_percent: float | None = None


def missed(targets: ContractTargets, figures: ContractFigures) -> list[ContractTarget]:
    return list(_missed(targets, figures)) if figures.offered >= LEAST_CONTACTS else []


def _missed(targets: ContractTargets, figures: ContractFigures) -> Iterator[ContractTarget]:
    for target in ContractTarget:
        limit, value = targets.limit(target), getattr(figures, target)
        if limit and value is not None and (value < limit if target is ContractTarget.ANSWERED else value > limit):
            yield target


def target_faults(targets: ContractTargets) -> Iterator[tuple[str, str]]:
    """In English and in Russian."""
    for target in ContractTarget:
        most = 3600 if target is ContractTarget.HANDLING else 100
        if not 0 <= targets.limit(target) <= most:
            yield f"{target} must be from 0 to {most}", f"показатель договора — от 0 до {most}"
