"""All that a turn of the event loop brings to a socket goes in one write, and who reads too slowly is cut off."""

import asyncio

from hub.kernel.web.socket_writer import SLOW_BYTES, WebSocketWriter, text_frame


class Far(asyncio.Transport):
    """A socket's other end, which has read `read` bytes."""

    def __init__(self) -> None:
        super().__init__()
        self.writes: list[bytes] = []
        self.read = 0
        self.aborted = False

    def write(self, data: object) -> None:
        assert isinstance(data, bytes)
        self.writes.append(data)

    def get_write_buffer_size(self) -> int:
        return sum(map(len, self.writes)) - self.read

    def is_closing(self) -> bool:
        return self.aborted

    def abort(self) -> None:
        self.aborted = True


async def test_a_turn_is_one_write() -> None:
    # MC-01
    far, outgoing = Far(), WebSocketWriter()
    outgoing.push(text_frame(b"before it is open"))
    await asyncio.sleep(0)
    assert far.writes == []
    outgoing.opened(far)
    outgoing.push(text_frame(b"one"))
    outgoing.push(text_frame(b"two"))
    await asyncio.sleep(0)
    outgoing.push(text_frame(b"three"))
    await asyncio.sleep(0)
    assert far.writes == [b"\x81\x11before it is open", b"\x81\x03one\x81\x03two", b"\x81\x05three"]


async def cut_off_beyond_the_limit(far: Far, outgoing: WebSocketWriter) -> None:
    outgoing.push(b"x" * SLOW_BYTES)
    await asyncio.sleep(0)
    assert not far.aborted
    outgoing.push(b"x")
    await asyncio.sleep(0)
    assert far.aborted


async def test_who_is_far_behind_is_cut_off() -> None:
    # MC-01
    far = Far()
    outgoing = WebSocketWriter(far)
    await cut_off_beyond_the_limit(far, outgoing)
    outgoing.push(b"x")
    await asyncio.sleep(0)
    assert len(far.writes) == 2


async def test_what_was_asked_for_makes_nobody_slow() -> None:
    # CH-04
    far = Far()
    outgoing = WebSocketWriter(far)
    outgoing.replay([b"x" * SLOW_BYTES] * 3)
    await asyncio.sleep(0)
    await cut_off_beyond_the_limit(far, outgoing)
