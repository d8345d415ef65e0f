"""Lists by the page: where a page ends, as the desk sends it back for the next one."""

from collections.abc import Callable, Sequence
from typing import Annotated

from msgspec import Meta

from hub.conversations.conversation import FIRST, Conversation, Position

PAGE = 50
LAST_ID = (1 << 63) - 1
Cursor = Annotated[str, Meta(pattern=r"^(?:[0-9]{1,12}\.[0-9]{1,9}-[0-9]{1,19})?$")]
"""Where a page ended, as the answer with it says in `next`; "" is the beginning."""


def position(cursor: str) -> Position:
    """The place in the list that a cursor names."""
    at, _, number = cursor.partition("-")
    return (float(at), min(int(number), LAST_ID)) if cursor else FIRST


def page(heads: Sequence[Conversation], placed: Callable[[Conversation], Position]) -> tuple[Sequence[Conversation], str]:
    """The first `PAGE` of at least one more, if there are more; and the cursor of the next page, "" where this one is the last."""
    if len(heads) <= PAGE:
        return heads, ""
    at, number = placed(heads[PAGE - 1])
    return heads[:PAGE], f"{at!r}-{number}"
