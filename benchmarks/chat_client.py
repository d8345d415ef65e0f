"""A client that can outrun the servers it measures: hand-made frames, many on the way on each connection."""

import asyncio
import base64
import os
from collections.abc import Callable
from functools import partial
from time import perf_counter
from typing import cast
from urllib.parse import urlsplit

Question = Callable[[int], bytes]


class Talker(asyncio.Protocol):
    """One connection. `answered` is found in each frame that counts as an answer."""

    def __init__(self, path: str, host: str, answered: bytes) -> None:
        self._path, self._host, self._answered = path, host, answered
        self._buffer = b""
        self._open = False
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.on_answers: Callable[[int], None] = lambda _: None
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)  # uvloop's own class is none of asyncio's
        key = base64.b64encode(os.urandom(16)).decode()
        self.transport.write(f"GET {self._path} HTTP/1.1\r\nHost: {self._host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                        f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode())

    def data_received(self, data: bytes) -> None:
        data = self._buffer + data if self._buffer else data
        if not self._open:
            head, end, data = data.partition(b"\r\n\r\n")
            if not end:
                self._buffer = head
                return
            assert b" 101 " in head.split(b"\r\n")[0], head
            self._open = True
            self.opened.set_result(None)
        at, size, answers = 0, len(data), 0
        while size - at >= 2:
            length, body = data[at + 1], at + 2
            if length == 126:
                length, body = int.from_bytes(data[at + 2:at + 4], "big"), at + 4
            elif length == 127:
                length, body = int.from_bytes(data[at + 2:at + 10], "big"), at + 10
            if body + length > size:
                break
            answers += data.find(self._answered, body, min(body + length, body + 120)) >= 0
            at = body + length
        self._buffer = data[at:]
        if answers:
            self.on_answers(answers)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.opened.done():
            self.opened.set_exception(exc or ConnectionError("closed while opening"))


def masked(payload: bytes) -> bytes:
    """A text frame from a client; the mask is zero, which the server applies like any other (RFC 6455 §5.3)."""
    size = len(payload)
    head = bytes([0x81, 0x80 | size]) if size < 126 else b"\x81\xfe" + size.to_bytes(2, "big")
    return head + b"\0\0\0\0" + payload


async def talkers(addresses: list[str], answered: bytes) -> list[Talker]:
    """Open a connection to each address."""
    opened = []
    for address in addresses:
        url = urlsplit(address)
        _, talker = await asyncio.get_running_loop().create_connection(
            partial(Talker, f"{url.path}?{url.query}", url.netloc, answered), url.hostname or "", url.port or 80)
        opened.append(talker)
    await asyncio.wait_for(asyncio.gather(*(t.opened for t in opened)), 30)
    return opened


async def closed_loop(connections: list[Talker], question: Question, seconds: float, window: int) -> tuple[float, list[float]]:
    """Keep `window` questions on the way on each connection: answers a second, and the waits in seconds."""
    waits: list[float] = []
    number, answers = 0, 0
    start = perf_counter()
    end = start + seconds
    left = len(connections) * window
    done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def attach(talker: Talker) -> None:
        sent: list[float] = []

        def send(count: int) -> None:
            nonlocal number
            now = perf_counter()
            frames = []
            for _ in range(count):
                frames.append(masked(question(number)))
                number += 1
                sent.append(now)
            talker.transport.write(b"".join(frames))

        def on_answers(count: int) -> None:
            nonlocal answers, left
            now = perf_counter()
            waits.extend([now - at for at in sent[:count]])
            del sent[:count]
            if now < end:
                answers += count
                send(count)
            else:
                left -= count
                if left <= 0 and not done.done():
                    done.set_result(None)

        talker.on_answers = on_answers
        send(window)

    for talker in connections:
        attach(talker)
    await asyncio.wait_for(done, seconds + 30)
    return answers / seconds, waits


async def open_loop(connections: list[Talker], question: Question, rate: float, seconds: float) -> list[float]:
    """Offer `rate` questions a second whatever comes back: the waits in seconds, from the moment each was due."""
    waits: list[float] = []
    due: list[list[float]] = [[] for _ in connections]
    total = int(rate * seconds)
    done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def attach(talker: Talker, mine: list[float]) -> None:
        def on_answers(count: int) -> None:
            now = perf_counter()
            waits.extend([now - at for at in mine[:count]])
            del mine[:count]
            if len(waits) >= total and not done.done():
                done.set_result(None)
        talker.on_answers = on_answers

    for talker, mine in zip(connections, due, strict=True):
        attach(talker, mine)
    start = perf_counter()
    for number in range(total):
        at = start + number / rate
        if (pause := at - perf_counter()) > 0:
            await asyncio.sleep(pause)
        talker = connections[number % len(connections)]
        due[number % len(connections)].append(at)
        talker.transport.write(masked(question(number)))
    await asyncio.wait_for(done, 30)
    return waits
