"""What the room needs of others."""

from collections.abc import Awaitable, Callable

from msgspec import Struct

from hub.cases.case import CaseKind


class CaseWish(Struct, frozen=True):
    """A case that the citizen has agreed to, in the words in which it was read back to him (CM-01)."""

    kind: CaseKind
    text: str
    authority: str = ""
    """The body that it is about, in his words."""
RegisterCase = Callable[[int, str, str, str, CaseWish], Awaitable[None]]
"""Of a conversation, for a line, under a topic, with a key: used again it registers nothing. RefusedError where a person must."""
