"""How a citizen's file is handed to a browser."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from urllib.parse import quote


def download_headers(name: str, size: int) -> dict[str, str]:
    """A file from a stranger, of `size` bytes, is saved, not shown, and may run nothing if it is."""
    plain = name.encode("ascii", "replace").decode().replace('"', "'").replace("?", "_")
    return {"Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name)}",  # RFC 6266
            "Content-Security-Policy": "sandbox; default-src 'none'; base-uri 'none'; frame-ancestors 'none'", "Cache-Control": "no-store",
            "Content-Length": str(size)}


async def begun(pieces: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
    """A file whose first piece is read: that it cannot be opened is told while the answer can still say so. Raises SealedError, OSError.

    The others are read as the browser takes them: whoever takes none holds no file in memory.
    """
    return _after(await anext(pieces, b""), pieces)


async def _after(first: bytes, rest: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
    yield first
    async with aclosing(rest):
        async for piece in rest:
            yield piece
