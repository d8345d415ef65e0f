"""Changes of a conversation as events of its call. Pure."""

from collections.abc import Sequence
from typing import assert_never

from channels.voice.call_events import AtCentre, Ended, Event, InLine, Said, Taken, WithRobot
from channels.voice.stored_calls import NAME
from hub.conversations.conversation import Closed, InQueue, Promised, SetAside, WithBot, WithOperator, WithRemoteCentre
from hub.conversations.journal import StoredEvent
from hub.conversations.live_signals import Moved
from hub.conversations.message import Author, Message


def spoken(records: Sequence[StoredEvent]) -> list[Said]:
    """The text read to the caller. Operators speak themselves: their typed text is not read aloud."""
    messages = [record.entry for record in records if isinstance(record.entry, Message)]
    return [Said(message.text, message.choices) for message in messages if message.author in {Author.BOT, Author.SYSTEM}]


def moved(signal: Moved) -> Event:
    match signal.head.holder:
        case WithBot():
            return WithRobot()
        case InQueue():
            return InLine(signal.place, signal.wait_s)
        case WithOperator(operator=operator):
            return Taken(operator)
        case WithRemoteCentre(taken=taken) if signal.head.address.driver == NAME:
            return AtCentre(taken is not None)
        case Promised() | WithRemoteCentre() | Closed() | SetAside():
            return Ended()
        case _ as never:
            assert_never(never)
