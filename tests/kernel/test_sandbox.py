"""Work on strangers' files in processes of their own: what hangs, swells or crashes there harms nobody (F2)."""

import asyncio
import os
import re
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hub.kernel.sandbox import Limits, Sandbox, SandboxError
from tests.rig import eventually

SHORT_S = 1.0


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    sandbox = Sandbox(Limits(time_s=SHORT_S, memory=1 << 30, kept_s=60.0))
    await sandbox.run(str, str, 1)  # it has started, and what follows is not measured with that
    yield sandbox
    await sandbox.close()


async def test_a_process_serves_one_job_after_the_other(sandbox: Sandbox) -> None:
    first = await sandbox.run(int, os.getpid)
    assert first != os.getpid()
    assert await sandbox.run(int, os.getpid) == first


async def test_without_a_time_to_wait_each_job_has_a_process_of_its_own() -> None:
    sandbox = Sandbox(Limits())
    assert await sandbox.run(int, os.getpid) != await sandbox.run(int, os.getpid)


async def test_a_process_that_has_nothing_to_do_ends() -> None:
    sandbox = Sandbox(Limits(kept_s=0.05))
    process = os.pidfd_open(await sandbox.run(int, os.getpid))
    over = asyncio.Event()
    asyncio.get_running_loop().add_reader(process, over.set)
    async with asyncio.timeout(10):
        await over.wait()
    asyncio.get_running_loop().remove_reader(process)
    assert await sandbox.run(str, str, 2) == "2"
    await sandbox.close()


async def test_what_takes_too_long_is_given_up_and_the_next_one_is_served(sandbox: Sandbox) -> None:
    # It holds the interpreter's lock all the while: nothing inside the process could stop it.
    begun = time.monotonic()
    with pytest.raises(SandboxError, match="слишком много времени"):
        await sandbox.run(bool, re.fullmatch, "(a+)+b", "a" * 40)
    assert time.monotonic() - begun < SHORT_S + 10
    assert await sandbox.run(str, str, 2) == "2"


async def test_what_takes_too_much_memory_is_given_up(sandbox: Sandbox) -> None:
    with pytest.raises(SandboxError, match="слишком много памяти"):
        await sandbox.run(bytes, bytes, 2 << 30)
    assert await sandbox.run(str, str, 2) == "2"


async def test_what_ends_its_process_harms_nobody(sandbox: Sandbox) -> None:
    with pytest.raises(SandboxError, match="прерван"):
        await sandbox.run(int, os._exit, 1)
    assert await sandbox.run(str, str, 2) == "2"


async def test_what_the_work_refuses_is_told_and_what_it_fails_of_is_no_answer(sandbox: Sandbox) -> None:
    with pytest.raises(ValueError, match="invalid literal"):
        await sandbox.run(int, int, "no number")
    with pytest.raises(SandboxError, match="TypeError"):
        await sandbox.run(int, len, 1)


async def test_what_is_printed_is_no_answer(sandbox: Sandbox) -> None:
    assert await sandbox.run(int, os.system, "echo nonsense") == 0
    assert await sandbox.run(str, str, 2) == "2"


async def test_whoever_waits_no_more_leaves_no_process_behind() -> None:
    sandbox = Sandbox(Limits())
    job = asyncio.create_task(sandbox.run(bool, time.sleep, 600))

    async def begun() -> bool:
        return bool(children())
    await eventually(begun)
    job.cancel()
    with pytest.raises(asyncio.CancelledError):
        await job

    async def over() -> bool:
        return not children()
    await eventually(over)


HUB = """
import asyncio, time
from hub.kernel.sandbox import Limits, Sandbox
asyncio.run(Sandbox(Limits()).run(bool, time.sleep, 600))
"""


async def test_who_is_killed_takes_his_processes_along() -> None:
    # CH-06: kill -9 in the middle of a job; a recogniser would keep its memory for ever
    hub = await asyncio.create_subprocess_exec(sys.executable, "-c", HUB)
    try:
        async def begun() -> bool:
            return bool(children(hub.pid))
        await eventually(begun)
        (job,) = children(hub.pid)
    finally:
        hub.kill()
        await hub.wait()

    async def over() -> bool:
        stat = Path("/proc") / job / "stat"
        return not stat.exists() or stat.read_text(encoding="ascii", errors="replace").rpartition(") ")[2][0] == "Z"
    await eventually(over)


def children(of: int = 0) -> list[str]:
    """Processes of sandboxes that this one has started, or another."""
    return [process.name for process in Path("/proc").iterdir() if process.name.isdigit() and _is_of(process, of or os.getpid())]


def _is_of(process: Path, hub: int) -> bool:
    try:
        parent = (process / "stat").read_text(encoding="ascii", errors="replace").rpartition(") ")[2].split()[1]
        return int(parent) == hub and b"hub.kernel.sandbox" in (process / "cmdline").read_bytes()
    except OSError:
        return False  # it has just ended
