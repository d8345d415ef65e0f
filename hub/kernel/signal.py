"""Typed signals: who knows nothing of others tells them, and they subscribe. Pure."""

from collections.abc import Callable
from typing import Generic, ParamSpec

P = ParamSpec("P")


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
