"""Dependency injection: parts of the hub by type, for endpoints and the desk's services.

    parts = Parts()
    parts.provide(cases, dispatch)       # each under its own type
    parts.provide_as(Store, store)       # or under a port or an alias
    parts.offer(CaseView)                # or built on first use from the parts in its constructor

A parameter with the type gets the part when the endpoint is mounted.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from inspect import Parameter, signature
from typing import Any, TypeVar, get_type_hints

from hub.conversations.ports import Channel

Clock = Callable[[], datetime]
Channels = Mapping[str, Channel]
T = TypeVar("T")


class MissingPartError(LookupError):
    """No part has the type in a signature."""


class DoublePartError(ValueError):
    """Two parts have one type, which is ambiguous."""


class Parts:
    def __init__(self) -> None:
        self._parts: dict[Any, Any] = {}
        self._offered: set[type] = set()

    def provide(self, *parts: object) -> None:
        """Raises DoublePartError."""
        for each in parts:
            self.provide_as(type(each), each)

    def provide_as(self, kind: object, part: object) -> None:
        """Raises DoublePartError."""
        if kind in self._parts:
            message = f"two parts are {_called(kind)}"
            raise DoublePartError(message)
        self._parts[kind] = part

    def offer(self, *kinds: type) -> None:
        """Types that are built on first use, each once."""
        self._offered.update(kinds)

    def of(self, kind: type[T]) -> T:
        """Raises MissingPartError."""
        part: T = self.bound(kind.__name__, {"it": kind})["it"]
        return part

    def bound(self, what: str, hints: Mapping[str, Any]) -> dict[str, Any]:
        """The parts that `what` names, by parameter; raises MissingPartError."""
        return {name: self._parts[kind] if kind in self._parts else self._made(f"{what}: {name}", kind) for name, kind in hints.items()}

    def _made(self, what: str, kind: Any) -> Any:  # noqa: ANN401 - whatever a signature names
        if kind not in self._offered:
            message = f"{what} is {_called(kind)}, which nobody provides"
            raise MissingPartError(message)
        self._offered.remove(kind)  # a circular dependency is reported as missing
        hints = get_type_hints(kind.__init__)
        named = [name for name, each in signature(kind).parameters.items() if each.default is Parameter.empty]
        self._parts[kind] = made = kind(**self.bound(kind.__name__, {name: hints[name] for name in named}))
        return made


def _called(kind: object) -> str:
    return f"{kind.__module__}.{kind.__qualname__}" if isinstance(kind, type) else str(kind)
