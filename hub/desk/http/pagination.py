"""Paging of lists by cursor."""

from collections.abc import Callable, Sequence
from typing import Annotated

from msgspec import Meta

from hub.conversations.conversation import FIRST, Conversation, Position

PAGE = 50
LAST_ID = (1 << 63) - 1
Cursor = Annotated[str, Meta(pattern=r"^(?:[0-9]{1,12}\.[0-9]{1,9}-[0-9]{1,19})?$")]
"""End of a page, from `next` of its answer; "" is the beginning."""


def position(cursor: str) -> Position:
    """The position of a cursor."""
    at, _, number = cursor.partition("-")
    return (float(at), min(int(number), LAST_ID)) if cursor else FIRST


def page(heads: Sequence[Conversation], placed: Callable[[Conversation], Position]) -> tuple[Sequence[Conversation], str]:
    """The first `PAGE` items, if there are more; and the cursor of the next page, "" for the last one."""
    if len(heads) <= PAGE:
        return heads, ""
    at, number = placed(heads[PAGE - 1])
    return heads[:PAGE], f"{at!r}-{number}"
