"""State machine of one call: events of the telephone and the conversation in, actions out. Pure.

    Robot ─→ Waiting ─→ Given (the telephone rings) ─→ Given (leg: they talk) ─→ Over ⇄ Asked (how content the caller was)
      ↑         ↑                    │ transferred            │ ↑
      └─────────┴────────────────────┴────────────────────────┤ │
                                     Given (aside: a consultation; room: all talk together)

The hub decides who holds the conversation; a call only follows. What the caller hears follows from the state (`doing`), so that no order
of events leaves the wrong sound in their ear.
"""

import math

from msgspec import Struct
from msgspec.structs import replace

from channels.voice import keypad_query

THANKS, FAREWELL = "Спасибо за обращение.", "До свидания."
GOODBYE = THANKS, FAREWELL
ASKS = "Оцените разговор: нажмите цифру от одного до пяти, где пять — отлично. Можно просто положить трубку."
GRADED = "Оценка учтена."
GRADES = "12345"
AGAIN = "Вас не слышно."
INVITES = "Скажите, что вы хотите узнать."
SORRY = "Извините, у нас произошла ошибка."
RECORDED = "Разговор записывается."
MOMENT_S, LONGEST_S = 20, 1800
"""A wait within the promise (SL-03) is not announced; above the second value no forecast is exact enough for a number."""
SILENCES = 2
"""Consecutive silences before the caller gets an operator: they may be unable to speak or to press a key."""
OPERATOR = "оператор"
"""The meaning of 0 everywhere, and a request for an operator to the robot."""


class Robot(Struct, frozen=True):
    """The robot listens. `menu` are the choices of the digits from 1; `typed` are the keys of a number so far."""

    menu: tuple[str, ...] = ()
    typed: str = ""
    silences: int = 0
    thinking: bool = False


class Waiting(Struct, frozen=True):
    """In line, at a place from 1; 0 while it is unknown."""

    place: int = 0


class Given(Struct, frozen=True):
    """An operator has the conversation. `leg` is their end of the call (or of the consulted party), "" while it rings."""

    operator: str
    leg: str = ""
    aside: bool = False
    """The operator consults somebody, and the caller waits."""
    room: str = ""
    """The conference room."""


class Asked(Struct, frozen=True):
    """After the talk the caller is asked for a grade, and may hang up. No operator takes part."""


class Over(Struct, frozen=True):
    """Ends after everything is said; at once when the caller is gone."""

    gone: bool = False


Where = Robot | Waiting | Given | Asked | Over


class Call(Struct, frozen=True):
    where: Where = Robot()
    speech: tuple[str, ...] = ()
    """Pending speech to the caller."""
    asked: str = ""
    """Login of the operator whose telephone rings for an offer."""
    leg: str = ""
    """The operator's end of the call, once picked up."""
    notice: str = ""
    """The announcement before a talk with an operator, until it was played."""
    opens: bool = False
    """Speech recognition is on and nothing was said yet: the menu is read only to a silent caller after the greeting."""
    warned: bool = False
    """The announcement was played: recording may begin (152-ФЗ: prior information)."""


class Said(Struct, frozen=True):
    """The robot, an operator or the hub says something."""

    text: str
    choices: tuple[str, ...] = ()


class Spoken(Struct, frozen=True):
    """A text was played to its end; `heard` is False where nothing could be played."""

    heard: bool = True


class Pressed(Struct, frozen=True):
    digit: str


class Heard(Struct, frozen=True):
    """The caller has spoken, and the robot computes the answer."""


class Silence(Struct, frozen=True):
    """The robot listened without input."""


class Failed(Struct, frozen=True):
    """The hub failed to play or understand."""


class Dropped(Struct, frozen=True):
    """The hub cannot continue the call: the dial plan has the caller, who is still there."""


class WithRobot(Struct, frozen=True):
    """The robot has the conversation (again)."""


class InLine(Struct, frozen=True):
    """`wait_s` is the expected wait, infinite if unknown."""

    place: int
    wait_s: float = math.inf


class Taken(Struct, frozen=True):
    """An operator has the conversation."""

    operator: str


class Ended(Struct, frozen=True):
    """The conversation is closed, or an answer is promised."""


class Offered(Struct, frozen=True):
    operator: str


class Withdrawn(Struct, frozen=True):
    """The offer has ended."""

    operator: str


class PickedUp(Struct, frozen=True):
    operator: str
    leg: str


class LegEnded(Struct, frozen=True):
    """An operator's telephone was not answered, refused, or hung up before the connection."""

    operator: str


class Parted(Struct, frozen=True):
    """The connection with an operator's leg ended, and the caller is still there."""

    leg: str


class Missed(Struct, frozen=True):
    """An operator's leg ended before the connection."""

    leg: str


class SetAside(Struct, frozen=True):
    """The operator consults somebody, or continues to."""


class Together(Struct, frozen=True):
    """Conference of caller, operator and consulted party."""

    room: str


class Rejoined(Struct, frozen=True):
    """The operator is back with the caller; without a `leg` they hung up meanwhile, and are called again."""

    leg: str


class Passed(Struct, frozen=True):
    """The caller is transferred to the consulted party: a colleague, or an external party of the same operator."""

    operator: str
    leg: str


class RoomLeft(Struct, frozen=True):
    """The caller left a conference without other participants."""

    room: str


class Asks(Struct, frozen=True):
    """The hub asks the caller for a grade."""


class HungUp(Struct, frozen=True):
    """The caller is gone."""


Event = (
    Said | Spoken | Pressed | Heard | Silence | Failed | Dropped | WithRobot | InLine | Taken | Ended
    | Offered | Withdrawn | PickedUp | LegEnded | Parted | Missed | SetAside | Together | Rejoined | Passed | RoomLeft | Asks | HungUp)


class Tell(Struct, frozen=True):
    """The caller's choice as text for the conversation."""

    text: str


class Ring(Struct, frozen=True):
    operator: str


class Hush(Struct, frozen=True):
    """Stop an operator's telephone, or hang it up."""

    operator: str


class Accept(Struct, frozen=True):
    """An operator accepts an offer by picking up."""

    operator: str


class Refuse(Struct, frozen=True):
    """An operator's telephone is unreachable: the call is offered to the next."""

    operator: str


class Part(Struct, frozen=True):
    """A talk ended, and the caller is still there: the hub may ask for a grade."""


class Grade(Struct, frozen=True):
    """The caller's grade, from 1 to 5."""

    grade: int


class Leave(Struct, frozen=True):
    """The caller is gone."""


Deed = Tell | Ring | Hush | Accept | Refuse | Part | Grade | Leave


class Play(Struct, frozen=True):
    text: str


class Listen(Struct, frozen=True):
    """Digits and speech."""


class AwaitKey(Struct, frozen=True):
    """For some seconds."""


class Music(Struct, frozen=True):
    pass


class Join(Struct, frozen=True):
    leg: str
    recorded: bool = False


class Confer(Struct, frozen=True):
    """Talk with all who are in a room."""

    room: str
    recorded: bool = False


class HangUp(Struct, frozen=True):
    pass


class Nothing(Struct, frozen=True):
    """The caller is gone."""


Doing = Play | Listen | AwaitKey | Music | Join | Confer | HangUp | Nothing


def doing(call: Call) -> Doing:  # noqa: PLR0911 - one screen shows everything that may be heard
    """What the caller hears now."""
    match call.where:
        case Over(gone=True):
            return Nothing()
        case Waiting() | Given() if call.notice:
            return Play(call.notice)
        case Given(room=room) if room:
            return Confer(room, call.warned)
        case Given(leg=leg, aside=False) if leg:
            return Join(leg, call.warned)
        case _ if call.speech:
            return Play(call.speech[0])
        case Robot(thinking=False):
            return Listen()
        case Asked():
            return AwaitKey()
        case Over():
            return HangUp()
        case _:
            return Music()


def step(call: Call, event: Event) -> tuple[Call, tuple[Deed, ...]]:  # noqa: C901, PLR0911, PLR0912 - one screen shows every reaction
    """The call after an event, and the actions besides the current sound."""
    if isinstance(call.where, Over) and call.where.gone:
        return call, ()
    match event:
        case Said(text=text, choices=choices):
            where = replace(call.where, menu=choices, thinking=False) if isinstance(call.where, Robot) else call.where
            said = (text, INVITES) if call.opens and isinstance(where, Robot) else (announced(text, choices),)
            return replace(call, where=where, speech=(*call.speech, *said), opens=False), ()
        case Spoken(heard=heard):
            return _spoken(call, heard), ()
        case Pressed(digit=digit):
            return _pressed(call, digit)
        case Heard():
            where = replace(call.where, silences=0, thinking=True) if isinstance(call.where, Robot) else call.where
            return replace(call, where=where), ()
        case Silence():
            return _silence(call)
        case Failed():
            return _failed(call)
        case WithRobot():
            return _elsewhere(call, Robot())
        case InLine(place=place, wait_s=wait_s):
            told = () if isinstance(call.where, Waiting) or place < 1 else (standing(place, wait_s),)
            return _elsewhere(replace(call, speech=(*call.speech, *told)), Waiting(place))
        case Ended() if isinstance(call.where, Over | Asked):
            return call, ()  # the operator closes an earlier conversation
        case Ended():
            talked = isinstance(call.where, Given) and bool(call.where.leg)
            after, deeds = _elsewhere(replace(call, speech=(*call.speech, *GOODBYE)), Over())
            return after, (*deeds, Part()) if talked else deeds
        case Asks() if isinstance(call.where, Over) and call.speech:
            return replace(call, where=Asked(), speech=(*(each for each in call.speech if each != FAREWELL), ASKS)), ()
        case Taken(operator=operator):
            return _taken(call, operator)
        case Offered(operator=operator):
            before = (Hush(call.asked),) if call.asked not in {"", operator} else ()
            return replace(call, asked=operator, leg=""), (*before, Ring(operator))
        case Withdrawn(operator=operator):
            return _withdrawn(call, operator)
        case PickedUp(operator=operator, leg=leg):
            return _picked_up(call, operator, leg)
        case LegEnded(operator=operator):
            return _leg_ended(call, operator)
        case Parted(leg=leg) if call.where == Given(_talks_with(call), leg):
            return replace(call, where=Over(), speech=GOODBYE), (Part(),)
        case RoomLeft(room=room) if isinstance(call.where, Given) and room and call.where.room == room:
            return replace(call, where=Over(), speech=GOODBYE), (Hush(call.where.operator), Part())
        case Missed(leg=leg) if call.where == Given(_talks_with(call), leg):
            return replace(call, where=Given(_talks_with(call))), (Ring(_talks_with(call)),)
        case Parted() | Missed() | RoomLeft() | Asks():
            return call, ()
        case SetAside() | Together() | Rejoined() | Passed():
            return _among_others(call, event)
        case Dropped():
            return Call(Over(gone=True)), _hushed(call)
        case HungUp():
            return Call(Over(gone=True)), (*_hushed(call), Leave())


def announced(text: str, choices: tuple[str, ...]) -> str:
    """A text with its menu, read aloud."""
    menu = [f"Нажмите {n} — {choice}." for n, choice in enumerate(choices[:9], 1)]
    return "\n".join([text, *menu])


def standing(place: int, wait_s: float) -> str:
    """The place in line, and the expected wait in whole minutes, rounded up."""
    told = f"Ваш номер в очереди: {place}."
    return f"{told} Ожидание примерно {_minutes(math.ceil(wait_s / 60))}." if MOMENT_S < wait_s <= LONGEST_S else told


def _minutes(number: int) -> str:
    if number % 10 == 1 and number % 100 != 11:  # noqa: PLR2004 - одиннадцать минут
        return f"{number} минута"
    few = 2 <= number % 10 <= 4 and not 12 <= number % 100 <= 14  # noqa: PLR2004 - две минуты, двенадцать минут
    return f"{number} {'минуты' if few else 'минут'}"


def _spoken(call: Call, heard: bool) -> Call:  # noqa: FBT001 - as the event has it
    if call.notice and doing(call) == Play(call.notice):
        return replace(call, notice="", warned=heard)
    return replace(call, speech=call.speech[1:])


def _pressed(call: Call, digit: str) -> tuple[Call, tuple[Deed, ...]]:
    """0 is an operator; another digit is a choice of the menu, or nothing, and «*» begins a number. A key stops the speech."""
    if isinstance(call.where, Asked) and digit in GRADES and call.speech in {(), (ASKS,)}:
        return replace(call, where=Over(), speech=(GRADED, FAREWELL)), (Grade(int(digit)),)
    if not isinstance(call.where, Robot):
        return call, ()
    if digit == keypad_query.BEGIN or call.where.typed:
        return _typed(call, call.where, digit)
    menu = call.where.menu
    told = OPERATOR if digit == "0" else menu[int(digit) - 1] if digit.isdecimal() and 0 < int(digit) <= min(len(menu), 9) else ""
    where = replace(call.where, silences=0, thinking=bool(told) or call.where.thinking)
    after = replace(call, where=where, speech=() if told else call.speech)
    return after, (Tell(told),) if told else ()


def _typed(call: Call, robot: Robot, digit: str) -> tuple[Call, tuple[Deed, ...]]:
    """A number and a code, key by key."""
    typed = robot.typed + digit
    if digit != keypad_query.END and len(typed) <= keypad_query.LONGEST:
        return replace(call, where=replace(robot, typed=typed, silences=0), speech=()), ()
    told = keypad_query.asked(typed)
    where = replace(robot, typed="", silences=0, thinking=bool(told) or robot.thinking)
    after = replace(call, where=where, speech=() if told else (keypad_query.UNREAD,))
    return after, (Tell(told),) if told else ()


def _silence(call: Call) -> tuple[Call, tuple[Deed, ...]]:
    if isinstance(call.where, Asked):
        return replace(call, where=Over(), speech=(FAREWELL,)), ()
    if not isinstance(call.where, Robot):
        return call, ()
    silences = call.where.silences + 1
    after = replace(call, where=replace(call.where, silences=silences, typed=""))
    if silences >= SILENCES:
        return replace(after, where=replace(after.where, thinking=True)), (Tell(OPERATOR),)
    return replace(after, speech=(announced(AGAIN, call.where.menu),)), ()


def _failed(call: Call) -> tuple[Call, tuple[Deed, ...]]:
    """The robot apologises and hands over to an operator; a caller who waits for one or talks to one continues."""
    if not isinstance(call.where, Robot):
        return call, ()
    return replace(call, where=replace(call.where, typed="", thinking=True), speech=(SORRY,)), (Tell(OPERATOR),)


def _elsewhere(call: Call, where: Where) -> tuple[Call, tuple[Deed, ...]]:
    """No operator has it now: whoever had his telephone in hand puts it down, unless the next is asked already."""
    if type(where) is type(call.where) and not isinstance(where, Waiting):
        return call, ()
    talked = call.where.operator if isinstance(call.where, Given) else ""
    deeds = (Hush(talked),) if talked and talked != call.asked else ()
    return replace(call, where=where), deeds


def _taken(call: Call, operator: str) -> tuple[Call, tuple[Deed, ...]]:
    if isinstance(call.where, Given) and call.where.operator == operator:
        return call, ()
    before = (Hush(call.where.operator),) if isinstance(call.where, Given) else ()
    if call.asked == operator:
        return replace(call, where=Given(operator, call.leg), asked="", leg="", speech=() if call.leg else call.speech), before
    others = (Hush(call.asked),) if call.asked else ()
    return replace(call, where=Given(operator), asked="", leg=""), (*before, *others, Ring(operator))


def _withdrawn(call: Call, operator: str) -> tuple[Call, tuple[Deed, ...]]:
    if call.asked != operator:
        return call, ()
    return replace(call, asked="", leg=""), (Hush(operator),)


def _picked_up(call: Call, operator: str, leg: str) -> tuple[Call, tuple[Deed, ...]]:
    if call.where == Given(operator):
        return replace(call, where=Given(operator, leg), speech=()), ()
    if call.asked == operator and not call.leg:
        return replace(call, leg=leg), (Accept(operator),)
    concerned = operator == call.asked or (isinstance(call.where, Given) and call.where.operator == operator)
    return call, () if concerned else (Hush(operator),)


def _leg_ended(call: Call, operator: str) -> tuple[Call, tuple[Deed, ...]]:
    if call.asked == operator:
        return replace(call, asked="", leg=""), (Refuse(operator),)
    # Whoever has accepted at his desk is rung until he picks up, or passes it on.
    return call, (Ring(operator),) if call.where == Given(operator) else ()


def _talks_with(call: Call) -> str:
    return call.where.operator if isinstance(call.where, Given) else ""


def _among_others(call: Call, event: SetAside | Together | Rejoined | Passed) -> tuple[Call, tuple[Deed, ...]]:
    """What becomes of a talk in which somebody is asked; whoever does not talk is not concerned."""
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
