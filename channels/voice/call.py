"""State machine of one call: events of the telephone and the conversation in, actions out. Pure.

    Robot ─→ Waiting ─→ Given (the telephone rings) ─→ Given (leg: they talk) ─→ Over ⇄ Asked (how content the caller was)
      ↑         ↑                    │ transferred            │ ↑
      └─────────┴────────────────────┴────────────────────────┤ │
                                     Given (aside: a consultation; room: all talk together)
    Waiting, Given ⇄ Away (a centre on another deployment has the call) ─→ Over

    Between ringing and talking the operator may hear a brief, and the caller music.

The hub decides who holds the conversation; a call only follows. What the caller hears follows from the state (call_sound.py), so that no
order of events leaves the wrong sound in their ear.
"""

from msgspec.structs import replace

from channels.voice.call_actions import Accept, Connect, Deed, Disconnect, Hush, Leave, Lose, Part, Refuse, Ring
from channels.voice.call_dialogue import Step, held_on, unabridged, with_caller
from channels.voice.call_events import (
    Asks,
    AtCentre,
    Briefed,
    CallerEvent,
    ConsultationEvent,
    Dropped,
    Ended,
    Event,
    Forgotten,
    HolderEvent,
    InLine,
    LegEnded,
    Missed,
    Offered,
    Parted,
    Passed,
    PhoneEvent,
    PickedUp,
    Reached,
    Rejoined,
    RoomLeft,
    SetAside,
    Taken,
    Together,
    TrunkEnded,
    TrunkEvent,
    Withdrawn,
    WithRobot,
)
from channels.voice.call_phrases import ASKS, FAREWELL, GOODBYE
from channels.voice.call_state import Asked, Away, Call, Given, Over, Robot, Waiting, Where


def step(call: Call, event: Event) -> Step:
    """The call after an event, and the actions besides the current sound."""
    after, deeds = _step(call, event)
    where = after.where
    if isinstance(where, Waiting) and not where.chosen and after.offers_call:
        after = replace(after, where=replace(where, offered=True))  # from the moment at which it is said
    return after, deeds


def _step(call: Call, event: Event) -> Step:
    if isinstance(call.where, Over) and call.where.gone:
        return call, ()
    if isinstance(event, CallerEvent):
        return with_caller(call, event)
    if isinstance(event, HolderEvent):
        return _held(call, event)
    if isinstance(event, PhoneEvent | TrunkEvent):
        return _by_trunk(call, call.where, event) if isinstance(call.where, Away) else _with_phones(call, event)
    if isinstance(event, ConsultationEvent):
        return _consulted(call, event)
    away = call.where if isinstance(call.where, Away) else None
    leaves = () if isinstance(event, Dropped) else (Leave(lost=away is not None and not (away.leg or away.over)),)
    return Call(Over(gone=True)), (*_hushed(call), *((Disconnect(),) if away else ()), *leaves)


def _held(call: Call, event: HolderEvent) -> Step:  # noqa: PLR0911 - one return an event
    call = unabridged(call) if isinstance(event, InLine | Taken | Ended) else call
    match event:
        case WithRobot():
            return _elsewhere(call, Robot())
        case InLine(place=place, wait_s=wait_s):
            if isinstance(call.where, Waiting):
                return replace(call, where=replace(call.where, place=place, wait_s=wait_s)), ()
            after, deeds = _elsewhere(call, Waiting(place, wait_s))
            return held_on(after), deeds
        case Taken(operator=operator):
            return _taken(call, operator)
        case AtCentre(accepted=accepted):
            return _at_centre(call, accepted)
        case Ended() if isinstance(call.where, Over | Asked):
            return call, ()  # the operator closes an earlier conversation
        case Ended():
            talked = isinstance(call.where, Given) and bool(call.where.leg)
            after, deeds = _elsewhere(replace(call, speech=(*call.speech, *_goodbye(call))), Over())
            return after, (*deeds, Part()) if talked and not call.handed else deeds
        case Asks() if isinstance(call.where, Over) and call.speech:
            return replace(call, where=Asked(), speech=(*(each for each in call.speech if each != FAREWELL), ASKS)), ()
        case Asks():
            return call, ()


def _at_centre(call: Call, accepted: bool) -> Step:  # noqa: FBT001 - as the event has it
    after, deeds = _elsewhere(call, Away())
    if not (accepted and isinstance(after.where, Away)) or after.where.connects:
        return after, deeds
    return replace(after, where=Away(connects=True)), (*deeds, Connect())


def _with_phones(call: Call, event: PhoneEvent | TrunkEvent) -> Step:  # noqa: PLR0911 - one return an event
    match event:
        case Offered(operator=operator):
            before = (Hush(call.asked),) if call.asked not in {"", operator, _talks_with(call)} else ()
            return replace(call, asked=operator, leg=""), (*before, Ring(operator))
        case Withdrawn(operator=operator):
            return _withdrawn(call, operator)
        case PickedUp(operator=operator, leg=leg, briefed=briefed):
            return _picked_up(replace(call, briefed=leg) if briefed else call, operator, leg)
        case Briefed(leg=leg):
            return replace(call, briefed="" if call.briefed == leg else call.briefed), ()
        case LegEnded(operator=operator):
            return _leg_ended(call, operator)
        case Parted(leg=leg) if call.where == Given(_talks_with(call), leg):
            return replace(call, where=Over(), speech=_goodbye(call)), () if call.handed else (Part(),)
        case RoomLeft(room=room) if isinstance(call.where, Given) and room and call.where.room == room:
            return replace(call, where=Over(), speech=GOODBYE), (Hush(call.where.operator), Part())
        case Missed(leg=leg) if call.where == Given(_talks_with(call), leg):
            return replace(call, where=Given(_talks_with(call))), (Ring(_talks_with(call)),)
        case Parted() | Missed() | RoomLeft() | Reached() | TrunkEnded() | Forgotten():
            return call, ()


def _elsewhere(call: Call, where: Where) -> Step:
    """No operator has it now: the leg of the last one is hung up, unless an offer already rings there."""
    if type(where) is type(call.where):
        return call, ()
    if isinstance(call.where, Away):
        return replace(call, where=where), (Disconnect(),)
    talked = call.where.operator if isinstance(call.where, Given) else ""
    deeds = (Hush(talked),) if talked and talked != call.asked else ()
    return replace(call, where=where), deeds


def _by_trunk(call: Call, where: Away, event: PhoneEvent | TrunkEvent) -> Step:
    """What the other centre has told over the link goes first: then the call is Away no more."""
    match event:
        case Reached(leg=leg):
            return replace(call, where=replace(where, leg=leg), speech=()), ()
        case TrunkEnded(lost=True):
            return replace(call, where=replace(where, leg="")), (Lose(),)
        case TrunkEnded():
            return replace(call, where=replace(where, leg="", over=True)), ()
        case Forgotten() if where.over:
            return replace(call, where=Over(), speech=_goodbye(call)), ()
        case Parted(leg=leg) | Missed(leg=leg) if where.leg == leg:
            return replace(call, where=replace(where, leg="")), ()  # TrunkEnded tells why
        case _:
            return _with_phones(call, event)


def _taken(call: Call, operator: str) -> Step:
    if isinstance(call.where, Given) and call.where.operator == operator:
        return call, ()
    had = call.where
    before: tuple[Deed, ...] = (Hush(had.operator),) if isinstance(had, Given) else (Disconnect(),) if isinstance(had, Away) else ()
    if call.asked == operator:
        return replace(call, where=Given(operator, call.leg), asked="", leg="", speech=() if call.leg else call.speech), before
    others = (Hush(call.asked),) if call.asked else ()
    return replace(call, where=Given(operator), asked="", leg=""), (*before, *others, Ring(operator))


def _withdrawn(call: Call, operator: str) -> Step:
    if call.asked != operator:
        return call, ()
    return replace(call, asked="", leg=""), (Hush(operator),)


def _picked_up(call: Call, operator: str, leg: str) -> Step:
    if call.where == Given(operator):
        return replace(call, where=Given(operator, leg), speech=()), ()
    if call.asked == operator and not call.leg:
        return replace(call, leg=leg), (Accept(operator),)
    concerned = operator == call.asked or (isinstance(call.where, Given) and call.where.operator == operator)
    return call, () if concerned else (Hush(operator),)


def _leg_ended(call: Call, operator: str) -> Step:
    if call.asked == operator:
        return replace(call, asked="", leg=""), (Refuse(operator),)
    # An operator who accepted at the desk is rung until they pick up, or transfer the conversation.
    return call, (Ring(operator),) if call.where == Given(operator) else ()


def _goodbye(call: Call) -> tuple[str, ...]:
    return () if call.handed else GOODBYE


def _talks_with(call: Call) -> str:
    return call.where.operator if isinstance(call.where, Given) else ""


def _consulted(call: Call, event: ConsultationEvent) -> Step:
    """A consultation changes a talk; without a talk nothing changes."""
    where = call.where
    if not isinstance(where, Given) or not where.leg:
        return call, ()
    match event:
        case SetAside():
            return replace(call, where=Given(where.operator, where.leg, aside=True)), ()
        case Together(room=room):
            return replace(call, where=Given(where.operator, where.leg, room=room)), ()
        case Rejoined(leg=leg):
            return replace(call, where=Given(where.operator, leg)), () if leg else (Hush(where.operator), Ring(where.operator))
        case Passed(operator=operator, leg=leg):
            ring = () if leg else (Ring(operator),)
            offered = ("", "") if call.asked == operator else (call.asked, call.leg)
            return replace(call, where=Given(operator, leg), asked=offered[0], leg=offered[1]), (Hush(where.operator), *ring)


def _hushed(call: Call) -> tuple[Hush, ...]:
    talked = {call.where.operator} if isinstance(call.where, Given) else set[str]()
    return tuple(Hush(operator) for operator in sorted(talked | ({call.asked} - {""})))
