"""Typed signals and queries: the sender does not know its subscribers. Pure."""

from collections.abc import Callable
from typing import Generic, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


class Signal(Generic[P]):
    """Calls its subscribers in the order of their subscription, within the caller's own step.

    A subscriber subscribes in its own setup and must not raise: its errors reach the sender, as in any call.
    """

    __slots__ = ("_subscribers",)

    def __init__(self) -> None:
        self._subscribers: list[Callable[P, object]] = []

    def subscribe(self, *subscribers: Callable[P, object]) -> None:
        self._subscribers += subscribers

    def unsubscribe(self, subscriber: Callable[P, object]) -> None:
        """Raises ValueError for an unknown subscriber."""
        self._subscribers.remove(subscriber)

    def __call__(self, *arguments: P.args, **named: P.kwargs) -> None:
        for subscriber in self._subscribers:
            subscriber(*arguments, **named)


class Query(Generic[P, R]):
    """Asks its answerers in the order of their registration; the first answer that is not empty counts."""

    __slots__ = ("_answers", "_default")

    def __init__(self, default: Callable[P, R]) -> None:
        """`default` gives the answer where no other does."""
        self._default = default
        self._answers: list[Callable[P, R]] = []

    def answer_by(self, *answers: Callable[P, R]) -> None:
        self._answers += answers

    def __call__(self, *arguments: P.args, **named: P.kwargs) -> R:
        for answer in self._answers:
            if found := answer(*arguments, **named):
                return found
        return self._default(*arguments, **named)
