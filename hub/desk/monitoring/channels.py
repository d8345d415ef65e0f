"""Status of the channels, and the cost of a reply before it is sent."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct
from msgspec.structs import replace

from hub.access.authorization import Authorization
from hub.access.operator import Operator
from hub.access.permissions import Permission
from hub.actions.conversation_actions import Actions
from hub.conversations.address import masked
from hub.conversations.attachments import MOST_FILES
from hub.conversations.conversation import held_by
from hub.conversations.ports import MeasuringChannel
from hub.desk.http.endpoint import Call, endpoint
from hub.desk.http.forms import Id
from hub.desk.http.parts import Channels
from hub.intake.intake_filter import HELD
from hub.intake.set_aside import HeldReview
from hub.kernel.errors import RefusedError
from hub.monitoring.channel_check import CheckFinding
from hub.monitoring.channel_checks import ChannelChecks
from hub.monitoring.channel_health import ChannelMonitor, ChannelStatus


class TrialOut(Struct, frozen=True):
    """`step` is the current one; "" when finished."""

    by_name: str
    at: datetime
    step: str
    findings: list[CheckFinding]


class ChannelOut(Struct, frozen=True):
    """One channel: its own report (`up`, `words`) and the hub's counters. `waiting` messages were not carried yet."""

    channel: str
    up: bool
    words: str
    last_in: datetime | None
    last_out: datetime | None
    waiting: int
    error: str
    """The last error, at `failed_at`; "" after something was carried or received since."""
    failed_at: datetime | None
    tries: bool
    """Whether a connectivity check is possible."""
    trial: TrialOut | None
    """The last check since the start."""
    blocked: int
    """Hits of blocks since the start."""
    dampened: int
    """Messages set aside by rate limits since the start, including calls that had to press a key."""
    released: int
    """Number of those that were released."""


class MeasureIn(Struct, frozen=True):
    """`files` is their number."""

    text: Annotated[str, Meta(max_length=8000)]
    files: Annotated[int, Meta(ge=0, le=MOST_FILES)] = 0


class MeasureOut(Struct, frozen=True):
    """`parts` are charged, `left` are the characters left in the last of them in this `alphabet`."""

    parts: int
    left: int
    alphabet: str


def channels_out(sifting: HeldReview, authorization: Authorization, channel_checks: ChannelChecks, who: Operator,
                 beats: list[ChannelStatus]) -> list[ChannelOut]:
    """Without errors for viewers who may not see addresses of citizens."""
    seen = masked if who.contractor or authorization.federal(who) else str
    counts = sifting.intake_filter.counts
    return [ChannelOut(each.channel, each.health.up, seen(each.health.words), each.last_in, each.last_out, each.waiting,
                       seen(each.error), each.failed_at, channel_checks.offers(each.channel),
                       _trial_out(channel_checks, each.channel, seen),
                       *(counts[each.channel, what] for what in HELD)) for each in beats]


def _trial_out(channel_checks: ChannelChecks, channel: str, seen: Callable[[str], str]) -> TrialOut | None:
    trial = channel_checks.of(channel)
    if trial is None:
        return None
    findings = [replace(each, words=seen(each.words), remedy=seen(each.remedy)) for each in trial.findings]
    return TrialOut(trial.by, trial.at, trial.step, findings)


@endpoint("GET", "/api/channels", Permission.SEE_ALL)
async def channels(channel_monitor: ChannelMonitor, sifting: HeldReview, authorization: Authorization, channel_checks: ChannelChecks,
                   call: Call) -> list[ChannelOut]:
    """The current status of all channels; the live socket sends changes."""
    return channels_out(sifting, authorization, channel_checks, call.who, channel_monitor.beats())


@endpoint("POST", "/api/channels/{channel}/trial", Permission.SETTLE)
async def try_channel(channel_checks: ChannelChecks, call: Call, channel: str) -> None:
    """Check a channel's connectivity; the live socket sends each step. Citizens' messages are not touched."""
    await channel_checks.begin(call.who, channel)


@endpoint("POST", "/api/conversations/{conversation}/measure", Permission.SERVE)
async def measure(channels: Channels, actions: Actions, call: Call, conversation: Id, body: MeasureIn) -> MeasureOut | None:
    """The cost of a reply; null where the channel does not charge by length. Nothing is changed."""
    head = (await actions.live(conversation)).head
    if not held_by(head, call.who.login):
        raise RefusedError("not_yours", "Отвечать может только тот, кто ведёт разговор.")
    channel = channels.get(head.address.driver)
    if not isinstance(channel, MeasuringChannel):
        return None
    measured = channel.measure(body.text, body.files)
    return MeasureOut(measured.parts, measured.left, measured.alphabet)


ENDPOINTS = (channels, try_channel, measure)
