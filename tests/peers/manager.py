"""A far end that speaks AMI's bytes and misbehaves as it is told: what the real Asterisk does seldom, when a test needs it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from tests.channels.line import PATIENCE_S

Asked = dict[str, str]
Answer = Callable[[Asked], bytes | None]
"""What to write for an action; None: nothing."""


def message(*lines: str) -> bytes:
    return "".join(f"{line}\r\n" for line in (*lines, "")).encode()


def success(asked: Asked, *lines: str) -> bytes:
    return message("Response: Success", f"ActionID: {asked['ActionID']}", *lines)


def error(asked: Asked, why: str) -> bytes:
    return message("Response: Error", f"ActionID: {asked['ActionID']}", f"Message: {why}")


class Manager:
    """`answers` says what each action gets; whatever is not in it is not answered."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {
            "Challenge": lambda asked: success(asked, "Challenge: 840415273"),
            "Login": lambda asked: success(asked, "Message: Authentication accepted") + message("Event: FullyBooted", "Uptime: 7"),
            "Ping": lambda asked: success(asked, "Ping: Pong"),
        }
        self.asked: list[Asked] = []
        self.port = 0
        self._lines: list[asyncio.StreamWriter] = []
        self._server: asyncio.Server | None = None
        self._changed = asyncio.Condition()
        self._serving: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        self.cut()
        await asyncio.gather(*self._serving)

    async def asked_for(self, action: str, times: int = 1) -> list[Asked]:
        """All such actions as soon as there are so many."""
        def those() -> list[Asked]:
            return [each for each in self.asked if each["Action"] == action]

        async with asyncio.timeout(PATIENCE_S), self._changed:
            await self._changed.wait_for(lambda: len(those()) >= times)
        return those()

    def tell(self, content: bytes) -> None:
        self._lines[-1].write(content)

    def cut(self) -> None:
        for line in self._lines:
            line.close()
        self._lines.clear()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._lines.append(writer)
        if (task := asyncio.current_task()) is not None:
            self._serving.add(task)
            task.add_done_callback(self._serving.discard)
        writer.write(b"Asterisk Call Manager/11.0.0\r\n")
        try:
            while True:
                lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
                asked = dict(line.split(": ", 1) for line in lines if ": " in line)
                async with self._changed:
                    self.asked.append(asked)
                    self._changed.notify_all()
                answer = self.answers.get(asked["Action"], lambda _: None)(asked)
                if answer is not None:
                    writer.write(answer)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()


@asynccontextmanager
async def manager() -> AsyncIterator[Manager]:
    far = Manager()
    await far.start()
    try:
        yield far
    finally:
        await far.stop()
