"""Queue of deadlines: the next deadline of each conversation, and one timer for the earliest."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from heapq import heappop, heappush

LONGEST_WAIT_S = 600.0
"""The timer checks the clock at least this often, to notice that the clock was changed."""


class DeadlineQueue:
    def __init__(self, now: Callable[[], datetime], due: Callable[[int], None]) -> None:
        """`due` is called once with a conversation when its deadline arrives."""
        self._now, self._due = now, due
        self._heap: list[tuple[datetime, int]] = []
        self._next: dict[int, datetime] = {}
        """Current deadlines; an entry of the heap that is not here is obsolete."""
        self._timer: asyncio.TimerHandle | None = None

    def put(self, conversation: int, at: datetime | None) -> None:
        """Replace the conversation's deadline; None removes it."""
        if self._next.get(conversation) == at:
            return
        if at is None:
            del self._next[conversation]
        else:
            self._next[conversation] = at
            heappush(self._heap, (at, conversation))
        self._set_timer()

    def look(self) -> None:
        """Report everything that is due now and set the timer for the next deadline."""
        now = self._now()
        while self._heap and self._heap[0][0] <= now:
            at, conversation = heappop(self._heap)
            if self._next.get(conversation) == at:
                del self._next[conversation]
                self._due(conversation)
        self._set_timer()

    def close(self) -> None:
        if self._timer:
            self._timer.cancel()

    def _set_timer(self) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None
        while self._heap and self._next.get(self._heap[0][1]) != self._heap[0][0]:
            heappop(self._heap)
        if self._heap:
            wait_s = max((self._heap[0][0] - self._now()).total_seconds(), 0)
            self._timer = asyncio.get_running_loop().call_later(min(wait_s, LONGEST_WAIT_S), self.look)
