"""Processes untrusted files in separate processes with limits of time and memory, where it may hang, exhaust memory or crash.

A process is started with the first job, runs jobs one by one, and ends after some time without one. Jobs are pickled.
Answers are MessagePack: a process compromised by a file can answer nonsense, but cannot run code here.
"""

import asyncio
import ctypes
import os
import pickle
import resource
import signal
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from enum import IntEnum
from struct import Struct as Layout
from typing import BinaryIO, TypeVar

import msgspec

from hub.kernel.errors import OknoError

T = TypeVar("T")
_FRAME = Layout("!BQ")
"""The kind of a frame, and its length."""
_PIPE_BYTES = 1 << 20
"""Bytes of an answer that are read ahead."""
_ANSWER_BYTES = 1 << 30
_PR_SET_PDEATHSIG = 1
_PARTING_S = 5.0
"""Maximum wait for the end of a process; and time after its limit when a process ends itself if the hub was killed."""


class Told(IntEnum):
    """The outcome of a job."""

    DONE = 0
    REFUSED = 1
    """The work has raised ValueError or an error of the hub: its text is the answer."""
    FAILED = 2
    """The work has raised another error: its text is for the log."""
    TOO_LARGE = 3


class SandboxError(Exception):
    """There is no result: the work has exceeded a limit, failed, or ended its process. The text is for an operator."""


class Limits(msgspec.Struct, frozen=True):
    """`time_s` of one job, None is no limit; `memory` in bytes of address space, 0 is no limit; `nice` as in nice(2)."""

    time_s: float | None = None
    memory: int = 0
    nice: int = 0
    kept_s: float | None = 0.0
    """Time for which a process waits for its next job, None is unlimited. With 0 each job has its own process."""


class Sandbox:
    """Up to `processes` jobs at once; others wait for their turn."""

    def __init__(self, limits: Limits, processes: int = 1, environment: Mapping[str, str] | None = None) -> None:
        self._limits, self._environment = limits, dict(environment or {})
        self._turns = asyncio.Semaphore(processes)
        self._idle: list[_Process] = []
        self._resting: asyncio.TimerHandle | None = None

    async def run(self, kind: type[T], work: Callable[..., T], *arguments: object) -> T:
        """The result, whose type is `kind`. `work` and its arguments must pickle: functions are found by their names.

        Raises ValueError with the text of a refusal, and SandboxError.
        """
        job = pickle.dumps((work, arguments))
        async with self._turns:
            process = self._rested() or await _Process.started(self._limits, self._environment)
            try:
                async with asyncio.timeout(self._limits.time_s):
                    told, answer = await process.answered(job)
            except TimeoutError as error:
                raise SandboxError("слишком много времени") from error
            except (EOFError, OSError) as error:
                raise SandboxError("процесс обработки прерван") from error
            else:
                self._keep(process)
            finally:
                if process not in self._idle:
                    await process.end()
        if told is Told.DONE:
            return msgspec.msgpack.decode(answer, type=kind)
        words = answer.decode("utf8", "replace")
        if told is Told.REFUSED:
            raise ValueError(words)
        raise SandboxError("слишком много памяти" if told is Told.TOO_LARGE else f"ошибка обработки: {words}")

    async def close(self) -> None:
        """End idle processes; a running job ends with the task that waits for it."""
        if self._resting is not None:
            self._resting.cancel()
        idle, self._idle = self._idle, []
        for process in idle:
            await process.end()

    def _rested(self) -> "_Process | None":
        while self._idle:
            if (process := self._idle.pop()).alive:
                return process
        return None

    def _keep(self, process: "_Process") -> None:
        if self._limits.kept_s == 0:
            return
        self._idle.append(process)
        if self._resting is not None:
            self._resting.cancel()
        if self._limits.kept_s is not None:
            self._resting = asyncio.get_running_loop().call_later(self._limits.kept_s, self._rest)

    def _rest(self) -> None:
        idle, self._idle = self._idle, []
        for process in idle:
            process.kill()


class _Process:
    def __init__(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdin is not None  # noqa: S101 - pipes were requested
        assert process.stdout is not None  # noqa: S101
        self._process, self._input, self._output = process, process.stdin, process.stdout

    @classmethod
    async def started(cls, limits: Limits, environment: Mapping[str, str]) -> "_Process":
        # -P: nothing is imported from the current folder. A separate session can be ended with all its processes.
        return cls(await asyncio.create_subprocess_exec(
            sys.executable, "-P", "-m", "hub.kernel.sandbox", msgspec.json.encode(limits), str(os.getpid()), env=os.environ | environment,
            start_new_session=True, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=_PIPE_BYTES))

    @property
    def alive(self) -> bool:
        return self._process.returncode is None

    async def answered(self, job: bytes) -> tuple[Told, bytes]:
        """Raises EOFError or OSError where the process ends without an answer."""
        self._input.write(_FRAME.pack(0, len(job)) + job)
        await self._input.drain()
        told, length = _FRAME.unpack(await self._output.readexactly(_FRAME.size))
        if length > _ANSWER_BYTES:
            raise EOFError
        return Told(told), await self._output.readexactly(length)

    def kill(self) -> None:
        """End the process and all processes that it has started."""
        self._input.close()
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)

    async def end(self) -> None:
        self.kill()
        with suppress(TimeoutError):
            async with asyncio.timeout(_PARTING_S):
                while await self._output.read(_PIPE_BYTES):
                    pass  # discard the rest of its output: the end of the process is noticed only when all is read
                await self._process.wait()


def main(limits: Limits, hub: int) -> None:
    """The process: jobs arrive at standard input, answers leave at standard output. `hub` is its parent."""
    _end_with(hub)
    os.nice(limits.nice)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if limits.memory:
        resource.setrlimit(resource.RLIMIT_AS, (limits.memory, limits.memory))
    jobs, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # output of libraries is not an answer
    while head := jobs.read(_FRAME.size):
        if limits.time_s is not None:
            signal.setitimer(signal.ITIMER_REAL, limits.time_s + _PARTING_S)  # its signal ends the process in any state of Python
        _answer(answers, *_outcome(jobs.read(_FRAME.unpack(head)[1])))
        signal.setitimer(signal.ITIMER_REAL, 0)


def _end_with(hub: int) -> None:
    """A hub that is killed takes its processes with it, in the middle of a job, too (prctl(2), Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != hub:
        os._exit(1)


def _outcome(job: bytes) -> tuple[Told, bytes]:
    try:
        work, arguments = pickle.loads(job)  # noqa: S301 - sent by the hub
        return Told.DONE, msgspec.msgpack.encode(work(*arguments))
    except (ValueError, OknoError) as error:
        return Told.REFUSED, str(error).encode("utf8", "replace")
    except MemoryError:
        return Told.TOO_LARGE, b""
    except Exception as error:  # noqa: BLE001 - any error is reported to the hub
        return Told.FAILED, f"{type(error).__name__}: {error}"[:500].encode("utf8", "replace")


def _answer(answers: BinaryIO, told: Told, content: bytes) -> None:
    answers.write(_FRAME.pack(told, len(content)))
    answers.write(content)
    answers.flush()


if __name__ == "__main__":
    main(msgspec.json.decode(sys.argv[1], type=Limits), int(sys.argv[2]))
