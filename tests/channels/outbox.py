"""What a far end sends by HTTP, one after another, and the answers that it has got."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from urllib.parse import urlsplit

from tests.channels.line import PATIENCE_S

Post = Callable[[str, str], Awaitable[int]]
"""Send a text under a key: the status of the answer."""


async def cut_off(url: str, body: bytes, headers: dict[str, str]) -> None:
    """Send the first half of a request, and be gone."""
    at = urlsplit(url)
    _, writer = await asyncio.open_connection(at.hostname, at.port)
    lines = [f"POST {at.path}?{at.query} HTTP/1.1", f"Host: {at.netloc}", f"Content-Length: {len(body)}", *(f"{name}: {value}" for name, value in headers.items())]
    writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body[:len(body) // 2])
    await writer.drain()
    writer.close()
    await writer.wait_closed()


class Outbox:
    """Keeps the order: the next is sent when the last was answered."""

    def __init__(self, post: Post) -> None:
        self._post = post
        self._waiting: asyncio.Queue[tuple[str, str]] = asyncio.Queue()
        self._answers: list[tuple[str, int]] = []
        self._news = asyncio.Condition()
        self._work = asyncio.create_task(self._send())

    def put(self, key: str, text: str) -> None:
        self._waiting.put_nowait((key, text))

    async def answered(self, key: str) -> int:
        """Wait for the next answer to a key, and take it."""
        async with asyncio.timeout(PATIENCE_S), self._news:
            await self._news.wait_for(lambda: any(key == of for of, _ in self._answers))
            answer = next(each for each in self._answers if each[0] == key)
            self._answers.remove(answer)
            return answer[1]

    @property
    def answers(self) -> int:
        """How many came that nobody has taken."""
        return len(self._answers)

    async def close(self) -> None:
        self._work.cancel()
        with suppress(asyncio.CancelledError):
            await self._work

    async def _send(self) -> None:
        while True:
            key, text = await self._waiting.get()
            status = await self._post(key, text)
            async with self._news:
                self._answers.append((key, status))
                self._news.notify_all()
