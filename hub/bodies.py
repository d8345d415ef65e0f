"""Bodies of requests, read no further than they may be long."""

from collections.abc import AsyncIterable


async def read(chunks: AsyncIterable[bytes], limit: int) -> bytes | None:
    """The whole body, or None as soon as it is longer than `limit` bytes."""
    content = bytearray()
    async for chunk in chunks:
        content += chunk
        if len(content) > limit:
            return None
    return bytes(content)
