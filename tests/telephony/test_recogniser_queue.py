"""Turns of the recognisers (CH-07, CH-08)."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from hub.telephony.recogniser_queue import QueueFullError, RecogniserQueue


class Speaker:
    """One sound that takes a turn until it is told to end."""

    def __init__(self, queue: RecogniserQueue, order: list[str], name: str, *, on_line: bool) -> None:
        self._queue, self._order, self._name, self._on_line = queue, order, name, on_line
        self.ends = asyncio.Event()
        self.task = asyncio.create_task(self._recognised())

    async def _recognised(self) -> None:
        async with self._queue.turn(on_line=self._on_line):
            self._order.append(self._name)
            await self.ends.wait()


@pytest.fixture
async def speakers() -> AsyncIterator[list[Speaker]]:
    found: list[Speaker] = []
    yield found
    for each in found:
        each.task.cancel()
    await asyncio.gather(*(each.task for each in found), return_exceptions=True)


async def turns() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_callers_come_before_voice_messages(speakers: list[Speaker]) -> None:
    queue, order = RecogniserQueue(1, 4), list[str]()
    for name in ("message 1", "message 2", "caller 1", "caller 2"):
        speakers.append(Speaker(queue, order, name, on_line=name.startswith("caller")))
        await turns()
    assert queue.waiting == {"caller": 2, "message": 1}
    for name in ("message 1", "caller 1", "caller 2", "message 2"):
        speaking = next(each for each in speakers if order[-1] == each._name)
        assert order[-1] == name
        speaking.ends.set()
        await turns()
    assert queue.waiting == {"caller": 0, "message": 0}


async def test_as_many_at_once_as_there_are_recognisers(speakers: list[Speaker]) -> None:
    queue, order = RecogniserQueue(2, 4), list[str]()
    speakers += [Speaker(queue, order, str(n), on_line=True) for n in range(3)]
    await turns()
    assert order == ["0", "1"]


async def test_a_caller_who_is_one_too_many_is_not_left_waiting(speakers: list[Speaker]) -> None:
    queue, order = RecogniserQueue(1, 1), list[str]()
    speakers += [Speaker(queue, order, str(n), on_line=True) for n in range(2)]
    await turns()
    with pytest.raises(QueueFullError):
        async with queue.turn(on_line=True):
            pass
    assert queue.refused == 1
    speakers.append(Speaker(queue, order, "message", on_line=False))
    await turns()
    assert queue.waiting == {"caller": 1, "message": 1}


async def test_a_caller_who_hangs_up_leaves_his_turn_to_the_next(speakers: list[Speaker]) -> None:
    queue, order = RecogniserQueue(1, 4), list[str]()
    speakers += [Speaker(queue, order, str(n), on_line=True) for n in range(3)]
    await turns()
    speakers[1].task.cancel()
    await turns()
    speakers[0].ends.set()
    await turns()
    assert order == ["0", "2"]
    speakers[2].task.cancel()
    await turns()
    async with queue.turn(on_line=True):
        assert queue.waiting == {"caller": 0, "message": 0}
