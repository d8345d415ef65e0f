"""Typed signals and queries: who knows nothing of others tells or asks them, and they subscribe. Pure."""

from collections.abc import Callable
from typing import Generic, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


class Signal(Generic[P]):
    """Calls its subscribers in the order in which they subscribed, in the caller's own step.

    A subscriber subscribes in its own setup and must not raise: what it raises reaches whoever sends, as from any call.
    """

    __slots__ = ("_subscribers",)

    def __init__(self) -> None:
        self._subscribers: list[Callable[P, object]] = []

    def subscribe(self, *subscribers: Callable[P, object]) -> None:
        self._subscribers += subscribers

    def unsubscribe(self, subscriber: Callable[P, object]) -> None:
        """Raises ValueError for somebody who has not subscribed."""
        self._subscribers.remove(subscriber)

    def __call__(self, *arguments: P.args, **named: P.kwargs) -> None:
        for subscriber in self._subscribers:
            subscriber(*arguments, **named)


class Query(Generic[P, R]):
    """Asks those who answer it, in the order in which they were named; the first answer that is not empty counts."""

    __slots__ = ("_answers", "_default")

    def __init__(self, default: Callable[P, R]) -> None:
        """`default` answers where nobody else does."""
        self._default = default
        self._answers: list[Callable[P, R]] = []

    def answer_by(self, *answers: Callable[P, R]) -> None:
        self._answers += answers

    def __call__(self, *arguments: P.args, **named: P.kwargs) -> R:
        for answer in self._answers:
            if found := answer(*arguments, **named):
                return found
        return self._default(*arguments, **named)
