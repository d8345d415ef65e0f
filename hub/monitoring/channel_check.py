"""Connectivity check of a channel: step by step, with findings and remedies. Used by the desk's button and `okno check`."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from hub.kernel.errors import OknoError

STEP_S = 15.0
"""Enough for any reachable server."""


class CheckResult(StrEnum):
    GOOD = "good"
    ODD = "odd"
    """It works, but needs attention."""
    BAD = "bad"


class CheckFinding(Struct, frozen=True):
    """`remedy` is what to do, "" where nothing is needed. Neither ever contains a secret."""

    state: CheckResult
    words: str
    remedy: str = ""


class CheckStep(Struct, frozen=True):
    """`what` describes the step; `run` returns a finding, or raises OknoError or OSError, for which `remedy` is the remedy."""

    what: str
    run: Callable[[], Awaitable[Sequence[CheckFinding]]]
    remedy: str = ""
    longest_s: float = STEP_S


class CheckedBy(Struct, frozen=True):
    """The current step."""

    what: str


class ChannelCheck(Struct, frozen=True):
    """Progress: `step` is the current one, "" when finished; `by` is the name of the requester."""

    by: str
    at: datetime
    step: str = ""
    findings: tuple[CheckFinding, ...] = ()


async def tried(steps: AsyncGenerator[CheckStep, None]) -> AsyncGenerator[CheckedBy | CheckFinding, None]:
    """Run a channel's steps one after the other; the next one is requested after the result of the last."""
    async with aclosing(steps):
        async for step in steps:
            yield CheckedBy(step.what)
            for finding in await _outcome(step):
                yield finding


def good(words: str) -> list[CheckFinding]:
    return [CheckFinding(CheckResult.GOOD, words)]


def odd(words: str, remedy: str) -> list[CheckFinding]:
    return [CheckFinding(CheckResult.ODD, words, remedy)]


def bad(words: str, remedy: str) -> list[CheckFinding]:
    return [CheckFinding(CheckResult.BAD, words, remedy)]


async def _outcome(step: CheckStep) -> Sequence[CheckFinding]:
    try:
        async with asyncio.timeout(step.longest_s):
            return await step.run()
    except TimeoutError:
        return bad(f"{step.what}: нет ответа за {step.longest_s:.0f} с", step.remedy)
    except OknoError as error:
        return bad(f"{step.what}: {error}", step.remedy)
    except OSError as error:
        return bad(f"{step.what}: {error.strerror or error}", step.remedy)
