"""The dialogue of a call with its caller: what they say, press, hear and leave unanswered. Pure."""

from msgspec.structs import replace

from bots.knowledge.message_parts import FURTHER
from channels.voice import keypad_query
from channels.voice.call_actions import Deed, Grade, Tell
from channels.voice.call_events import (
    CallerEvent,
    Chosen,
    Continued,
    Failed,
    Heard,
    Held,
    Interrupted,
    Pressed,
    Said,
    Silence,
    Slower,
    Spoken,
)
from channels.voice.call_phrases import (
    AGAIN,
    ASKS,
    CALL_BACK,
    CALL_BACK_BY_WORD,
    FAREWELL,
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
from channels.voice.call_state import Asked, Call, Over, Robot, Waiting, Where
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


def with_caller(call: Call, event: CallerEvent) -> Step:  # noqa: C901, PLR0911 - one return an event
    match event:
        case Said(text=text, choices=choices):
            return _said(unabridged(call), text, choices), ()
        case Slower():
            return replace(call, slow=True), ()
        case Spoken(heard=heard):
            return _spoken(call, heard), ()
        case Pressed(digit=digit):
            return _pressed(call, digit)
        case Interrupted():
            return (replace(call, speech=()) if isinstance(call.where, Robot) else _spoken(call, heard=True)), ()
        case Heard():
            return replace(call, where=_thinks(call.where)), ()
        case Continued(wanted=wanted):
            return _continued(call, call.where, wanted=wanted)
        case Chosen(choice=choice):
            return _chosen(call, choice)
        case Silence():
            return _silence(call)
        case Held():
            return held_on(call), ()
        case Failed():
            return _failed(call)


def _said(call: Call, text: str, choices: tuple[str, ...]) -> Call:
    """An answer of the robot is told in parts of one breath each; a question of its own for «да» or «нет» is told whole."""
    keyed = choices if call.reachable else tuple(each for each in choices if each != ANSWER_LATER)
    if not isinstance(call.where, Robot):
        return replace(call, speech=(*call.speech, announced(text, keyed, _offer(call))))
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


def unabridged(call: Call) -> Call:
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
    where = call.where
    if isinstance(where, Waiting) and call.offers_call:
        call = replace(call, where=replace(where, asks=call.by_word and not where.chosen))
    return replace(call, speech=call.speech[1:])


def _chosen(call: Call, choice: str) -> Step:
    """Who waits has chosen a callback; anybody else told the robot something."""
    if isinstance(call.where, Waiting):
        return replace(call, where=replace(call.where, offered=False, asks=False, chosen=True), speech=()), (Tell(choice),)
    return replace(call, where=_thinks(call.where)), (Tell(choice),)


def held_on(call: Call) -> Call:
    """The place, the expected wait, and how to be called back instead; nothing where the place is unknown, as in danger to life."""
    where = call.where
    if not isinstance(where, Waiting) or where.place < 1 or where.chosen:
        return call
    offer = (_offer(call),) if call.reachable and where.wait_s > MOMENT_S else ()
    return replace(call, speech=(*call.speech, standing(where.place, where.wait_s), *offer))


def _pressed(call: Call, digit: str) -> Step:
    """0 is an operator; another digit is a choice of the menu, or nothing, and «*» begins a number. A key stops the speech."""
    if isinstance(call.where, Asked) and digit in GRADES and call.speech in {(), (ASKS,)}:
        return replace(call, where=Over(), speech=(GRADED, FAREWELL)), (Grade(int(digit)),)
    if isinstance(call.where, Waiting) and digit == LATER and call.where.offered:
        return _chosen(call, ANSWER_LATER)
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
    if isinstance(call.where, Waiting):
        return replace(call, where=replace(call.where, asks=False)), ()
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


def _offer(call: Call) -> str:
    return CALL_BACK_BY_WORD if call.by_word else CALL_BACK
