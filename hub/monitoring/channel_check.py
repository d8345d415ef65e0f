"""A channel that is tried: step by step, what was found, and what to do about it. The desk's button and `okno check` do the same."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from hub.kernel.errors import OknoError

STEP_S = 15.0
"""More than any far end needs that is there."""


class CheckResult(StrEnum):
    GOOD = "good"
    ODD = "odd"
    """It works, and somebody should look at it."""
    BAD = "bad"


class CheckFinding(Struct, frozen=True):
    """`remedy` is what to do, "" where nothing is to be done. Neither ever holds a secret."""

    state: CheckResult
    words: str
    remedy: str = ""


class CheckStep(Struct, frozen=True):
    """`what` is tried, in words; `run` gives what was found, or raises OknoError or OSError, for which `remedy` is the way out."""

    what: str
    run: Callable[[], Awaitable[Sequence[CheckFinding]]]
    remedy: str = ""
    longest_s: float = STEP_S


class CheckedBy(Struct, frozen=True):
    """What is being tried now."""

    what: str


class ChannelCheck(Struct, frozen=True):
    """How far it has come: `step` is what is being tried, "" when it is over; `by` is the name of whoever wanted it."""

    by: str
    at: datetime
    step: str = ""
    findings: tuple[CheckFinding, ...] = ()


async def tried(steps: AsyncGenerator[CheckStep, None]) -> AsyncGenerator[CheckedBy | CheckFinding, None]:
    """Take a channel's steps one after the other; the channel is asked for the next one when the last has been told."""
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
