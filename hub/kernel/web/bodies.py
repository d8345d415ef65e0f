"""Bodies of requests, read no further than they may be long."""

from collections.abc import AsyncIterable, Iterable

import msgspec

UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What msgspec raises for bytes that are not the JSON that is wanted; the last one for what is nested without end."""


async def read(chunks: AsyncIterable[bytes], limit: int) -> bytes | None:
    """The whole body, or None as soon as it is longer than `limit` bytes."""
    content = bytearray()
    async for chunk in chunks:
        content += chunk
        if len(content) > limit:
            return None
    return bytes(content)


def single(fields: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Fields of a query or of a form by their names. Raises ValueError for a name that comes twice (ASVS 5.0 15.3.7)."""
    told: dict[str, str] = {}
    for name, value in fields:
        if name in told:
            message = f"{name[:50]!r} comes twice"
            raise ValueError(message)
        told[name] = value
    return told
