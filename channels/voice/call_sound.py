"""What the caller hears in each state of a call. Pure."""

from msgspec import Struct

from channels.voice.call_state import Asked, Away, Call, Given, Over, Robot, Waiting


class Play(Struct, frozen=True):
    text: str
    slow: bool = False


class Listen(Struct, frozen=True):
    """Digits and speech."""


class Think(Struct, frozen=True):
    """The robot computes its answer."""


class AwaitKey(Struct, frozen=True):
    """For some seconds."""


class Music(Struct, frozen=True):
    pass


class Hold(Struct, frozen=True):
    """Music in line, until the place is said again."""


class Await(Struct, frozen=True):
    """Music for a moment, until the link tells what the other centre has done with the call."""


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


Doing = Play | Listen | Think | AwaitKey | Music | Hold | Await | Join | Confer | HangUp | Nothing


def streamed(call: Call) -> bool:
    """Whether the caller is listened to, also while something is said to them."""
    where = call.where
    if isinstance(where, Waiting) and not call.notice:
        return call.by_word and (where.asks or (where.offered and call.offers_call))
    return isinstance(where, Robot)


def doing(call: Call) -> Doing:  # noqa: C901, PLR0911 - one screen shows everything that may be heard
    """What the caller hears now."""
    match call.where:
        case Over(gone=True):
            return Nothing()
        case Waiting() | Given() if call.notice:
            return Play(call.notice)
        case Given(room=room) if room:
            return Confer(room, call.warned)
        case Given(leg=leg, aside=False) if leg and leg != call.briefed:
            return Join(leg, call.warned)
        case Away(leg=leg) if leg:
            return Join(leg)
        case Away(over=True):
            return Await()
        case _ if call.speech:
            return Play(call.speech[0], call.slow)
        case Robot(thinking=thinking):
            return Think() if thinking else Listen()
        case Waiting(asks=asks):
            return Listen() if asks else Hold()
        case Asked():
            return AwaitKey()
        case Over():
            return HangUp()
        case _:
            return Music()
