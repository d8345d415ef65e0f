"""What fails for now is tried again, and nothing else is."""

import asyncio
from itertools import islice

import pytest

from hub.kernel.errors import LinkError, StoreError
from hub.kernel.retry import JITTER, constant_pauses, growing_pauses, retry


class Far:
    """It fails so often, then answers; its clock is virtual."""

    def __init__(self, *failures: Exception) -> None:
        self._failures = list(failures)
        self.slept: list[float] = []
        self.told: list[tuple[str, int]] = []

    async def ask(self) -> str:
        if self._failures:
            raise self._failures.pop(0)
        return "ответ"

    async def sleep(self, pause_s: float) -> None:
        self.slept.append(pause_s)

    def failed(self, error: Exception, attempt: int) -> None:
        self.told.append((str(error), attempt))


async def test_it_is_tried_until_it_succeeds() -> None:
    far = Far(StoreError("1"), StoreError("2"))
    assert await retry(far.ask, constant_pauses(5), StoreError, far.failed, far.sleep) == "ответ"
    assert (far.slept, far.told) == ([5, 5], [("1", 1), ("2", 2)])


async def test_what_is_not_transient_leaves_at_once() -> None:
    far = Far(StoreError("1"), LinkError("2"))
    with pytest.raises(LinkError):
        await retry(far.ask, constant_pauses(5), StoreError, far.failed, far.sleep)
    assert far.slept == [5]


async def test_when_the_pauses_are_used_up_the_last_error_is_raised() -> None:
    far = Far(*(StoreError(str(number)) for number in range(9)))
    with pytest.raises(StoreError, match="2"):
        await retry(far.ask, (1, 2), (StoreError, LinkError), far.failed, far.sleep)
    assert (far.slept, far.told) == ([1, 2], [("0", 1), ("1", 2)])


async def test_a_pause_is_cut_short_by_a_cancellation() -> None:
    far = Far(StoreError("1"))
    paused = asyncio.Event()

    async def sleep(_pause_s: float) -> None:
        paused.set()
        await asyncio.Event().wait()
    task = asyncio.create_task(retry(far.ask, constant_pauses(5), StoreError, far.failed, sleep))
    await paused.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


def test_pauses_grow_up_to_the_longest_and_never_come_together() -> None:
    for pause_s, least_s in zip(islice(growing_pauses(1, 5), 5), (1, 2, 4, 5, 5), strict=True):
        assert least_s <= pause_s <= least_s * (1 + JITTER)
    assert len({next(growing_pauses(1, 5)) for _ in range(20)}) > 1
