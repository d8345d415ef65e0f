"""Interfaces that the room needs."""

from collections.abc import Awaitable, Callable

from msgspec import Struct

from hub.cases.case import CaseKind


class CaseWish(Struct, frozen=True):
    """A case that the citizen confirmed, in the words read back (CM-01)."""

    kind: CaseKind
    text: str
    authority: str = ""
    """The body concerned, in the citizen's words."""
RegisterCase = Callable[[int, str, str, str, CaseWish], Awaitable[None]]
"""Registers a case: conversation, line, topic, idempotency key, contents. RefusedError where an operator must do it."""
