"""Parts of the hub by their types: what endpoints and the desk's own services ask for.

    parts = Parts()
    parts.provide(cases, dispatch)       # each is found by what it is
    parts.provide_as(Store, store)       # or by the port, or the alias, that it is asked for by
    parts.offer(CaseView)                # or made out of others that its constructor names, when it is first asked for

Whoever names the type in a signature gets the part, once, when the endpoint is mounted.
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
    """Nobody provides what a signature names."""


class DoublePartError(ValueError):
    """Two parts of one type: nobody could tell which is meant."""


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
        """Types that are made when they are first asked for, each once."""
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
        self._offered.remove(kind)  # two that need each other are missed, and not made for ever
        hints = get_type_hints(kind.__init__)
        named = [name for name, each in signature(kind).parameters.items() if each.default is Parameter.empty]
        self._parts[kind] = made = kind(**self.bound(kind.__name__, {name: hints[name] for name in named}))
        return made


def _called(kind: object) -> str:
    return f"{kind.__module__}.{kind.__qualname__}" if isinstance(kind, type) else str(kind)
