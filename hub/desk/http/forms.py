"""Data shared by several rooms; each room's own is in its forms.py.

The OpenAPI description and the desk's TypeScript types are generated from these. Ids are strings: they do not fit into JavaScript's
53 bits.
"""

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

Id = Annotated[int, Meta(ge=0, le=(1 << 63) - 1)]
Key = Annotated[str, Meta(min_length=1, max_length=100)]
Text = Annotated[str, Meta(min_length=1, max_length=8000)]
Name = Annotated[str, Meta(min_length=1, max_length=200)]
Login = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[a-z0-9][a-z0-9._-]*$")]
Secret = Annotated[str, Meta(min_length=1, max_length=200)]
FileId = Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
DocumentId = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
Slug = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9_-]{0,99}$")]
CardId = Annotated[str, Meta(pattern=r"^([0-9]{3}\.)?[a-z0-9][a-z0-9_-]{0,99}$")]
"""With the code of the superior centre that it comes from."""
Number = Annotated[str, Meta(pattern=r"^[0-9A-Za-z-]{1,40}$")]
Short = Annotated[str, Meta(max_length=300)]
Instant = Annotated[datetime, Meta(tz=True)]


class ErrorOut(Struct, frozen=True):
    """Every refusal has this form: `error` is a code for machines, `text` is for people."""

    error: str
    text: str


class NamedOut(Struct, frozen=True):
    id: str
    title: str


class Before(Struct, frozen=True):
    before: Id = 0


def id_of(text: str) -> int:
    """Ids are strings in the API, because of JavaScript's numbers; raises ValueError for an invalid one."""
    if text.isascii() and text.isdigit() and len(text) < 20 and (number := int(text)) >> 63 == 0:  # noqa: PLR2004 - 63 bits
        return number
    message = f"not an id: {text[:50]}"
    raise ValueError(message)
