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

from bots.knowledge.message_parts import FURTHER
from channels.voice import keypad_query
from channels.voice.call_actions import Accept, Connect, Deed, Disconnect, Grade, Hush, Leave, Lose, Part, Refuse, Ring, Tell
from channels.voice.call_events import (
    Asks,
    AtCentre,
    Briefed,
    CallerEvent,
    Chosen,
    ConsultationEvent,
    Continued,
    Dropped,
    Ended,
    Event,
    Failed,
    Forgotten,
    Heard,
    Held,
    HolderEvent,
    InLine,
    Interrupted,
    LegEnded,
    Missed,
    Offered,
    Parted,
    Passed,
    PhoneEvent,
    PickedUp,
    Pressed,
    Reached,
    Rejoined,
    RoomLeft,
    Said,
    SetAside,
    Silence,
    Slower,
    Spoken,
    Taken,
    Together,
    TrunkEnded,
    TrunkEvent,
    Withdrawn,
    WithRobot,
)
from channels.voice.call_phrases import (
    AGAIN,
    ASKS,
    CALL_BACK,
    FAREWELL,
    GOODBYE,
    GRADED,
    INVITES,
    KEYS,
    LATER,
    MOMENT_S,
    MORE,
    MORE_KEY,
    SORRY,
    announced,
    standing,
)
from channels.voice.call_sound import Play, doing
from channels.voice.call_state import Asked, Away, Call, Given, Over, Robot, Waiting, Where
from channels.voice.spoken_text.breath import breaths
from channels.voice.spoken_text.short_answers import asks_yes_or_no
from hub.dispatch.overflow import ANSWER_LATER
from hub.robot.answer_feedback import without_feedback

GRADES = "12345"
SILENCES = 2
"""Consecutive silences before the caller gets an operator: they may be unable to speak or to press a key."""
OPERATOR = "оператор"
"""The meaning of 0 everywhere, and a request for an operator to the robot."""

Step = tuple[Call, tuple[Deed, ...]]


def step(call: Call, event: Event) -> Step:
    """The call after an event, and the actions besides the current sound."""
    after, deeds = _step(call, event)
    where = after.where
    if isinstance(where, Waiting) and not where.chosen and after.speech and after.speech[0].endswith(CALL_BACK):
        after = replace(after, where=replace(where, offered=True))  # from the moment at which it is said
    return after, deeds


def _step(call: Call, event: Event) -> Step:
    if isinstance(call.where, Over) and call.where.gone:
        return call, ()
    if isinstance(event, CallerEvent):
        return _with_caller(call, event)
    if isinstance(event, HolderEvent):
        return _held(call, event)
    if isinstance(event, PhoneEvent | TrunkEvent):
        return _by_trunk(call, call.where, event) if isinstance(call.where, Away) else _with_phones(call, event)
    if isinstance(event, ConsultationEvent):
        return _consulted(call, event)
    away = call.where if isinstance(call.where, Away) else None
    leaves = () if isinstance(event, Dropped) else (Leave(lost=away is not None and not (away.leg or away.over)),)
    return Call(Over(gone=True)), (*_hushed(call), *((Disconnect(),) if away else ()), *leaves)


def _with_caller(call: Call, event: CallerEvent) -> Step:  # noqa: C901, PLR0911 - one return an event
    match event:
        case Said(text=text, choices=choices):
            return _said(_unabridged(call), text, choices), ()
        case Slower():
            return replace(call, slow=True), ()
        case Spoken(heard=heard):
            return _spoken(call, heard), ()
        case Pressed(digit=digit):
            return _pressed(call, digit)
        case Interrupted():
            return replace(call, speech=() if isinstance(call.where, Robot) else call.speech[1:]), ()
        case Heard():
            return replace(call, where=_thinks(call.where)), ()
        case Continued(wanted=wanted):
            return _continued(call, call.where, wanted=wanted)
        case Chosen(choice=choice):
            return replace(call, where=_thinks(call.where)), (Tell(choice),)
        case Silence():
            return _silence(call)
        case Held():
            return _held_on(call), ()
        case Failed():
            return _failed(call)


def _held(call: Call, event: HolderEvent) -> Step:  # noqa: PLR0911 - one return an event
    call = _unabridged(call) if isinstance(event, InLine | Taken | Ended) else call
    match event:
        case WithRobot():
            return _elsewhere(call, Robot())
        case InLine(place=place, wait_s=wait_s):
            if isinstance(call.where, Waiting):
                return replace(call, where=replace(call.where, place=place, wait_s=wait_s)), ()
            after, deeds = _elsewhere(call, Waiting(place, wait_s))
            return _held_on(after), deeds
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


def _said(call: Call, text: str, choices: tuple[str, ...]) -> Call:
    """An answer of the robot is told in parts of one breath each; a question of its own for «да» or «нет» is told whole."""
    keyed = choices if call.reachable else tuple(each for each in choices if each != ANSWER_LATER)
    if not isinstance(call.where, Robot):
        return replace(call, speech=(*call.speech, announced(text, keyed)))
    further = next((each for each in keyed if each.startswith(FURTHER)), "")
    robot = replace(call.where, menu=tuple(each for each in keyed if each != further), thinking=False, further=further)
    if call.opens:
        return replace(call, where=robot, speech=(*call.speech, text, INVITES), opens=False)
    return _tells(call, replace(robot, more=(text,) if asks_yes_or_no(without_feedback(keyed)) else breaths(text)))


def _tells(call: Call, robot: Robot) -> Call:
    """The next part, and whether to go on; the choices after the last."""
    part, *rest = robot.more
    said = (part, MORE) if rest else (part, announced(MORE, robot.menu)) if robot.further else (announced(part, robot.menu),)
    return replace(call, where=replace(robot, more=tuple(rest)), speech=(*call.speech, *said))


def _continued(call: Call, robot: Where, *, wanted: bool | None) -> Step:
    if not isinstance(robot, Robot):
        return call, ()
    if wanted is None:
        return replace(call, where=replace(robot, more=(), further="")), ()
    robot, call = replace(robot, silences=0), replace(call, speech=())
    if not wanted:
        return _tells(call, replace(robot, more=(INVITES,), further="")), ()
    if robot.more:
        return _tells(call, robot), ()
    return replace(call, where=_thinks(robot)), (Tell(robot.further),)


def _unabridged(call: Call) -> Call:
    """Another message or an operator follows: the rest of the last answer is told before, unasked."""
    if not isinstance(call.where, Robot) or not call.where.more:
        return call
    told = (each for each in call.speech if each != MORE)
    return replace(call, where=replace(call.where, more=()), speech=(*told, *call.where.more))


def _thinks(where: Where) -> Where:
    """The robot, where it has the call, computes its answer to something else."""
    return replace(where, typed="", silences=0, thinking=True, more=(), further="") if isinstance(where, Robot) else where


def _spoken(call: Call, heard: bool) -> Call:  # noqa: FBT001 - as the event has it
    if call.notice and doing(call) == Play(call.notice):
        return replace(call, notice="", warned=heard)
    return replace(call, speech=call.speech[1:])


def _held_on(call: Call) -> Call:
    """The place, the expected wait, and how to be called back instead; nothing where the place is unknown, as in danger to life."""
    where = call.where
    if not isinstance(where, Waiting) or where.place < 1 or where.chosen:
        return call
    offer = (CALL_BACK,) if call.reachable and where.wait_s > MOMENT_S else ()
    return replace(call, speech=(*call.speech, standing(where.place, where.wait_s), *offer))


def _pressed(call: Call, digit: str) -> Step:
    """0 is an operator; another digit is a choice of the menu, or nothing, and «*» begins a number. A key stops the speech."""
    if isinstance(call.where, Asked) and digit in GRADES and call.speech in {(), (ASKS,)}:
        return replace(call, where=Over(), speech=(GRADED, FAREWELL)), (Grade(int(digit)),)
    if isinstance(call.where, Waiting) and digit == LATER and call.where.offered:
        return replace(call, where=replace(call.where, offered=False, chosen=True), speech=()), (Tell(ANSWER_LATER),)
    if not isinstance(call.where, Robot):
        return call, ()
    if digit == keypad_query.BEGIN or call.where.typed:
        return _typed(call, call.where, digit)
    if digit == MORE_KEY and call.where.goes_on:
        return _continued(call, call.where, wanted=True)
    menu = call.where.menu
    told = OPERATOR if digit == "0" else menu[int(digit) - 1] if digit.isdecimal() and 0 < int(digit) <= min(len(menu), KEYS) else ""
    where = _thinks(call.where) if told else replace(call.where, silences=0)
    return replace(call, where=where, speech=() if told else call.speech), (Tell(told),) if told else ()


def _typed(call: Call, robot: Robot, digit: str) -> Step:
    """A number and a code, key by key."""
    typed = robot.typed + digit
    if digit != keypad_query.END and len(typed) <= keypad_query.LONGEST:
        return replace(call, where=replace(robot, typed=typed, silences=0), speech=()), ()
    told = keypad_query.asked(typed)
    if not told:
        return replace(call, where=replace(robot, typed="", silences=0), speech=(keypad_query.UNREAD,)), ()
    return replace(call, where=_thinks(robot), speech=()), (Tell(told),)


def _silence(call: Call) -> Step:
    if isinstance(call.where, Asked):
        return replace(call, where=Over(), speech=(FAREWELL,)), ()
    if not isinstance(call.where, Robot):
        return call, ()
    silences = call.where.silences + 1
    if silences >= SILENCES:
        return replace(call, where=_thinks(call.where)), (Tell(OPERATOR),)
    again = f"{AGAIN}\n{MORE}" if call.where.goes_on else AGAIN
    return replace(call, where=replace(call.where, silences=silences, typed=""), speech=(announced(again, call.where.menu),)), ()


def _failed(call: Call) -> Step:
    """The robot apologises and hands over to an operator; a caller who waits for one or talks to one continues."""
    if not isinstance(call.where, Robot):
        return call, ()
    return replace(call, where=_thinks(call.where), speech=(SORRY,)), (Tell(OPERATOR),)


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
