"""Turns of the recognisers: callers first, since they wait on the line; voice messages when no caller waits.

One recogniser a core: a second job on the same core makes both slower, and the first caller waits for the second.
"""

import asyncio
from asyncio import Future
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from hub.kernel.errors import OknoError


class QueueFullError(OknoError):
    """So many callers wait that this one is handed over instead."""


class RecogniserQueue:
    """`recognisers` work at once; at most `longest` callers wait. Voice messages wait without a limit: nobody is on the line."""

    def __init__(self, recognisers: int, longest: int) -> None:
        self.recognisers, self._longest = recognisers, longest
        self._free = recognisers
        self._callers, self._messages = deque[Future[None]](), deque[Future[None]]()
        self.refused = 0
        """Callers that were handed over since the start of the hub."""

    @property
    def open(self) -> bool:
        """Whether one more caller may come."""
        return bool(self._free) or len(self._callers) < self._longest

    @property
    def waiting(self) -> dict[str, int]:
        """For metrics."""
        return {"caller": len(self._callers), "message": len(self._messages)}

    @asynccontextmanager
    async def turn(self, *, on_line: bool) -> AsyncIterator[None]:
        """Wait for a free recogniser; raises QueueFullError for a caller who is one too many."""
        if self._free:
            self._free -= 1
        else:
            await self._wait(self._callers if on_line else self._messages, on_line=on_line)
        try:
            yield
        finally:
            self._next()

    async def _wait(self, line: deque[Future[None]], *, on_line: bool) -> None:
        if on_line and len(line) >= self._longest:
            self.refused += 1
            raise QueueFullError("callers wait for speech recognition")
        turn = asyncio.get_running_loop().create_future()
        line.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.cancelled():
                line.remove(turn)
            else:
                self._next()
            raise

    def _next(self) -> None:
        line = self._callers or self._messages
        if line:
            line.popleft().set_result(None)
        else:
            self._free += 1
