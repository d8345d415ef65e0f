"""What a centre reports of a day to the centres above it, and who keeps such reports."""

from datetime import date
from typing import Protocol, TypeVar

from hub.kernel.document import Document


class DailyReport(Document, frozen=True):
    """A later `version` of a day replaces an earlier one, in any order of arrival."""

    key: str
    centre: str
    day: date
    version: int

    @property
    def name(self) -> str:
        """What its key must be."""
        return key_of(self.centre, self.day)


R = TypeVar("R", bound=DailyReport)


class DailyBook(Protocol[R]):
    """Reports of one kind: a hub's own, and those that it was sent."""

    kind: str
    """Of the envelope."""
    holds: type[R]

    async def own(self, day: date) -> list[R]:
        """Of this hub's centres, as they are to be sent. Raises StoreError."""

    async def take(self, report: R) -> None:
        """Keep another centre's, unless it is known or older. Raises StoreError."""


def key_of(centre: str, day: date) -> str:
    return f"{centre}/{day}"
