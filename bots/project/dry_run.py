"""Trial of a dialogue: a turn without a citizen, with all details for a designer."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from bots.dialogue.answer import pressed, shown
from bots.dialogue.dialogue import Dialogue
from bots.dialogue.events import ActionExecuted, ActiveLoop, Event, SlotSet, UserUttered
from bots.dialogue.parsed import FALLBACK, Parsed, Ranked
from bots.project.domain import LISTEN, REQUESTED_SLOT, SESSION_START
from hub.kernel.errors import RefusedError
from hub.robot.training_results import Rehearsed, Uttered

_LIKELY = 3
_UNSEEN = frozenset([LISTEN, SESSION_START])
Apart = Callable[[Callable[[str], Parsed], str], Awaitable[Parsed]]


class _State(Struct, frozen=True):
    of: str
    events: tuple[Event, ...] = ()


async def rehearse(dialogue: Dialogue, of: str, words: str, state: str, now_s: float, apart: Apart) -> Rehearsed:
    """A turn. A state of another content than `of` restarts; raises RefusedError for an invalid one. `apart` parses in another process."""
    tracker = dialogue.begin(_events(of, state))
    parsed = await apart(dialogue.parse, pressed(tracker.events, words))
    turn = await dialogue.turn(tracker, parsed, now_s)
    new = turn.tracker.events[len(tracker.events):]
    said = next((event for event in reversed(new) if isinstance(event, UserUttered)), None)
    meant = said.parsed if said else parsed
    filled = {name: value for name, value in turn.tracker.now.slots.items() if value not in (None, "", []) and name != REQUESTED_SLOT}
    lines = tuple(Uttered(reply.text, reply.choices, reply.source) for reply in shown(turn.said))
    return Rehearsed(
        lines, meant.intent, meant.confidence, {each.name: each.confidence for each in _likely(meant)},
        {name: _written(value) for name, value in filled.items()},
        tuple(_told(new)), tuple(_steps(meant, new)), turn.hands_over or "", turn.failures,
        msgspec.json.encode(_State(of, turn.tracker.events)).decode())


def _likely(meant: Parsed) -> list[Ranked]:
    return [each for each in meant.ranking if each.name != FALLBACK][:_LIKELY]


def _events(of: str, state: str) -> tuple[Event, ...]:
    if not state:
        return ()
    try:
        read = msgspec.json.decode(state, type=_State)
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        raise RefusedError("bad_request", "Состояние разговора не читается: начните его заново.") from error
    return read.events if read.of == of else ()


def _steps(meant: Parsed, events: Sequence[Event]) -> list[str]:
    done = [event.name for event in events if isinstance(event, ActionExecuted) and event.name not in _UNSEEN]
    return [meant.selected or meant.intent, *done]


def _told(events: Sequence[Event]) -> list[str]:
    told = []
    for event in events:
        match event:
            case ActionExecuted(name=name) if name not in _UNSEEN:
                told.append(f"action: {name}")
            case SlotSet(name=name, value=value):
                told.append(f"slot: {name} = {_written(value)}")
            case ActiveLoop(name=name):
                told.append(f"active_loop: {name or 'null'}")
    return told


def _written(value: Any) -> str:  # noqa: ANN401 - a slot holds what JSON holds
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
