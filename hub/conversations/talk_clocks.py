"""Clocks of a talk: 20 seconds until an operator answers (SL-03), 10 minutes until the answer or a promise (SL-04). Pure."""

from datetime import datetime, timedelta
from enum import StrEnum

from msgspec import Struct

ANSWER = timedelta(seconds=20)
"""«не должно превышать 20 секунд», from the hub's receipt of the contact; robots and transfers are included (D3)."""

PROMPT, DECISION = timedelta(minutes=8), timedelta(minutes=10)
"""Since the first operator was connected (D4)."""


class WaitAlarm(Struct, frozen=True):
    """The expected wait of a new citizen in a line exceeds 20 s (SL-03)."""

    predicted_s: float
    """Infinite where nobody serves the line."""
    longest_s: float
    """The longest wait so far: at most the target when the alarm comes in time."""
    waiting: int


class ClockStage(StrEnum):
    """Stage of a talk. It is never cut off: in the last stage the operator may only close it or promise the answer."""

    TALK = "talk"
    PROMPT = "prompt"
    DECIDE = "decide"


BEGINS = {ClockStage.PROMPT: PROMPT, ClockStage.DECIDE: DECISION}
"""Stages and their beginning after the connection."""


def answered_in_time(accepted: datetime, answered: datetime) -> bool:
    """Whether the wait was at most 20 s."""
    return answered - accepted <= ANSWER


def stage(connected: datetime, now: datetime) -> ClockStage:
    """The stage of a talk connected at `connected`."""
    return max((each for each, begins in BEGINS.items() if connected + begins <= now), key=BEGINS.__getitem__, default=ClockStage.TALK)


def next_stage_at(connected: datetime, reached: ClockStage) -> datetime | None:
    """When the next stage begins, or None after the last."""
    passed = BEGINS.get(reached, timedelta(0))
    return min((connected + begins for begins in BEGINS.values() if begins > passed), default=None)


def talked_in_time(connected: datetime, ended: datetime) -> bool:
    """Whether the talk ended within 10 minutes (SL-04)."""
    return ended - connected <= DECISION
