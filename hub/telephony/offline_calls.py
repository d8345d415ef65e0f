"""Calls that the exchange handled while the hub was down, and their effect on the conversation (CH-12, CH-14). Pure."""

from datetime import UTC, datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from hub.conversations.address import Address
from hub.conversations.callback_promise import promise
from hub.conversations.channel_traits import TraitRegistry
from hub.conversations.citizen_left import LEFT
from hub.conversations.conversation import (
    Closed,
    Conversation,
    InQueue,
    Promised,
    SetAside,
    WithBot,
    WithOperator,
    WithRemoteCentre,
    hand_over,
)
from hub.conversations.journal import AWAY, ConversationEvent, HandedOver, PromiseGiven
from hub.organisation.territory import Place


class OfflineCall(Struct, frozen=True):
    """A finished call. `key` is the channel's own, the same at each report; `operator` is "" where nobody answered."""

    address: Address
    key: str
    began: datetime
    ended: datetime
    operator: str = ""
    answered: datetime | None = None
    place: Place | None = None
    conversation: int = 0
    """Its conversation from before the hub was down."""
    calls_again: bool = False
    """The citizen is calling again: the conversation goes on with that call."""


def retold(head: Conversation, call: OfflineCall, queue: str,
           traits: TraitRegistry) -> tuple[tuple[ConversationEvent, ...], Conversation | None]:
    """Entries for the conversation, and the head after it; nothing where it has gone on meanwhile.

    `queue` is the line of callers not yet heard by the robot.
    """
    line = head.holder
    if call.calls_again or isinstance(line, WithOperator) or _since(head, call) > call.ended:
        return (), None
    if isinstance(line, Promised) and not call.operator:
        return (), None  # the owed call stays owed
    entries: list[ConversationEvent] = []
    if not isinstance(line, InQueue):
        line = InQueue(line.queue if isinstance(line, Promised) else queue, call.began)
        entries.append(HandedOver(call.began, line, AWAY))
        head = hand_over(head, line)
    if call.operator:
        answered = call.answered or call.ended
        talk = WithOperator(call.operator, answered, line.queue, line.since, line.talked_since)
        entries.append(HandedOver(answered, talk, AWAY, call.operator))
        head = hand_over(head, talk)
    elif head.promise is None and traits.number_of(head.address):
        owed = promise(call.ended, head.address, LEFT, waiting_since=line.since)
        entries.append(PromiseGiven(call.ended, owed.due, LEFT, ""))
        head = replace(head, promise=owed)
    # A caller who talked is served, unless an answer is owed.
    after = Closed(call.ended, head.topic, call.operator) if head.promise is None else Promised(line.queue, call.ended, call.operator)
    entries.append(HandedOver(call.ended, after, AWAY if call.operator else LEFT, call.operator))
    return tuple(entries), hand_over(head, after)


def words(call: OfflineCall) -> str:
    """Note for operators: the course of the call, whose subject was not recorded."""
    waited = (call.answered or call.ended) - call.began
    if not call.operator:
        return f"Звонок принят станцией без хаба: ждал {_minutes(waited)} и положил трубку."
    talked = call.ended - (call.answered or call.ended)
    return f"Звонок принят станцией без хаба: ждал {_minutes(waited)}, разговор {_minutes(talked)}. О чём — не записано."


def _since(head: Conversation, call: OfflineCall) -> datetime:
    match head.holder:
        case (InQueue(since=since) | WithOperator(since=since) | Promised(since=since) | WithRemoteCentre(since=since)
              | SetAside(since=since)
              | Closed(at=since)):
            return since
        case WithBot():
            # The robot has it since this call, or since a later one.
            return call.began if call.conversation == head.id or head.opened == call.began else datetime.max.replace(tzinfo=UTC)


def _minutes(length: timedelta) -> str:
    seconds = round(length.total_seconds())
    return f"{seconds // 60}:{seconds % 60:02d}"
