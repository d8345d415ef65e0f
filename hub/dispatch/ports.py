"""Interfaces that the room needs."""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from hub.conversations.conversation import Conversation
from hub.conversations.talk_clocks import WaitAlarm
from hub.conversations.transfer_route import OfferCallback, PromiseCallback, ToLine, ToRemoteCentre, TransferPurpose, TransferRefused
from hub.dispatch.offer import Lapsed, Offer, Waiting
from hub.organisation.level import TopicClass
from hub.organisation.opening_words import Shut
from hub.organisation.queue import Skills


class Ladder(Protocol):
    """Forecast of the wait in each line, and the choice of another centre. Pure, like the router."""

    def staffed(self, queue: str, busy: int, ready: int, now_s: float) -> None:
        """Taken and free places of a line's operators."""

    def joined(self, conversation: int, queue: str, now_s: float) -> None: ...

    def served(self, conversation: int, now_s: float) -> None: ...

    def left(self, conversation: int, now_s: float, *, gave_up: bool) -> None: ...

    def finished(self, queue: str, handling_s: float, now_s: float) -> None: ...

    def predicted_s(self, queue: str, now_s: float, busy: int = 0, ready: int = 0) -> float:
        """The wait of a new citizen, with so many more places taken and free; infinite where nobody serves."""

    def alarm(self, queue: str, now_s: float) -> WaitAlarm | None:
        """Whether that wait will be too long."""

    def elsewhere(self, head: Conversation, topic: TopicClass, now: datetime, beyond: Mapping[str, float],
                  ) -> ToLine | ToRemoteCentre | OfferCallback | PromiseCallback | None:
        """The better line for a waiting conversation; None when it should stay.

        `beyond` are the available centres on other deployments, with the predicted wait in seconds.
        """

    def way(self, head: Conversation, topic: TopicClass, errand: TransferPurpose, matter: str, now: datetime) -> ToLine | TransferRefused:
        """Where an operator may hand it for a purpose; `matter` names the department of TransferPurpose.DEPARTMENT."""

    def forbids(self, queue: str, source: str, head: Conversation, topic: TopicClass, now: datetime) -> str:
        """Why a line may not take a conversation from the last deployment, in a word of the matrix; "" where it may (LV-05)."""


class Opening(Protocol):
    """Opening hours of the lines. Pure."""

    def shut(self, queue: str, at: datetime) -> Shut | None:
        """The hours of a closed line; None while it is open."""


class Router(Protocol):
    """Chooses the next operator for waiting conversations. Pure: time is an argument (seconds since 1970), decisions are returned."""

    def wait(self, waiting: Waiting, now: float) -> list[Offer]: ...

    def withdraw(self, conversation: int, now: float) -> list[Offer]:
        """It waits no more: closed or left."""

    def take(self, conversation: int, operator: str, cost: int, now: float) -> list[Offer]:
        """An operator now holds it."""

    def release(self, conversation: int, now: float) -> list[Offer]:
        """Its operator no longer holds it."""

    def present(self, operator: str, has: Skills, now: float) -> list[Offer]:
        """An operator with these skills is ready for conversations; without skills not."""

    def limit(self, operator: str, chats: int, written: int) -> None:
        """How many chats, and chats and letters together, the operator has at most; 0 is as everybody. `present` follows."""

    def written(self, operator: str) -> tuple[int, int]:
        """How many chats and letters together the operator has, and how many of them are chats, offers included."""

    def reject(self, conversation: int, operator: str, now: float) -> list[Offer]: ...

    def postpone(self, operator: str, seconds: float) -> list[Offer]:
        """The offers of an operator stand so much longer; returned as they are now."""

    def ask_again(self, conversation: int, operator: str, now: float) -> list[Offer]:
        """A refusal is forgotten: the operator may be offered it again."""

    def advance(self, now: float) -> tuple[list[Lapsed], list[Offer]]:
        """Effects of time: expired offers, and wider requirements."""

    def next_event(self) -> float | None:
        """When `advance` has something to do next."""

    def offered(self, conversation: int) -> Offer | None: ...

    def offers_of(self, operator: str) -> list[Offer]: ...

    def load(self, operator: str) -> int:
        """Cost units in use, offers included."""

    def held(self, operator: str) -> list[int]:
        """The conversations that an operator holds, without offers."""

    def holder(self, conversation: int) -> str:
        """Login of the operator who holds a conversation, or ""."""

    def place(self, conversation: int) -> int:
        """The place in its line, from 1; 0 when it does not wait."""

    def length(self, queue: str) -> int:
        """How many wait in a queue."""

    def line(self, queue: str) -> list[int]:
        """Who waits in a queue, in order."""
