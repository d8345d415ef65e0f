"""What a filtered list asks for, which conversations pass, and in which order. Pure.

A list may have ten thousand rows: only what is asked for is looked at in each.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Annotated, Literal

from msgspec import Meta, Struct

from hub.access.operator import Operator
from hub.conversations.conversation import (
    Conversation,
    InQueue,
    Promised,
    WithOperator,
    connected,
    due_position,
    waiting_position,
    waiting_since,
)

Names = Annotated[str, Meta(max_length=1000)]
"""Several, separated by commas; "" for any."""
FilteredView = Literal["mine", "waiting", "promised", "held"]
Grouping = Literal["", "queue", "topic", "channel", "operator"]
Sorting = Literal["usual", "newest", "oldest"]
Check = Callable[[Conversation], bool]


class ListQuery(Struct, frozen=True, omit_defaults=True):
    """A view, what narrows it down, and its order. `longer_s`: it has waited, or been with an operator, for at least so long."""

    view: FilteredView = "waiting"
    queue: Names = ""
    topic: Names = ""
    channel: Names = ""
    operator: Names = ""
    language: Names = ""
    danger: bool = False
    promised: bool = False
    unread: bool = False
    longer_s: Annotated[int, Meta(ge=0, le=31_536_000)] = 0
    sort: Sorting = "usual"
    group: Grouping = ""


def membership(query: ListQuery, who: Operator) -> Check:
    """Whether a conversation is in the view, by its holder."""
    match query.view:
        case "mine":
            return lambda head: isinstance(head.holder, WithOperator) and head.holder.operator == who.login
        case "waiting":
            return lambda head: isinstance(head.holder, InQueue)
        case "held":
            return lambda head: isinstance(head.holder, WithOperator)
        case "promised":
            return lambda head: head.promise is not None


def admission(query: ListQuery, now: datetime) -> Check:
    """Whether a conversation passes the filter. In danger to life it is never filtered away."""
    checks: list[Check] = []
    for value, names in ((_queue, query.queue), (_topic, query.topic), (operator_of, query.operator), (_language, query.language)):
        if names:
            checks.append(_among(value, names))
    if query.channel:
        # An SMS is one by whichever carrier.
        channels, families = _among(_channel, query.channel), _among(_family, query.channel)
        checks.append(lambda head: channels(head) or families(head))
    if query.danger:
        checks.append(lambda _: False)
    if query.promised:
        checks.append(lambda head: head.promise is not None)
    if query.longer_s:
        latest = now - timedelta(seconds=query.longer_s)
        checks.append(lambda head: _since(head, now) <= latest)
    return lambda head: head.danger is not None or all(check(head) for check in checks)


def _among(value: Callable[[Conversation], str], names: str) -> Check:
    wanted = frozenset(names.split(","))
    return lambda head: value(head) in wanted


def _queue(head: Conversation) -> str:
    return head.queue


def _topic(head: Conversation) -> str:
    return head.topic


def _channel(head: Conversation) -> str:
    return head.address.channel


def _family(head: Conversation) -> str:
    return head.address.family


def _language(head: Conversation) -> str:
    return head.citizen.language


def operator_of(head: Conversation) -> str:
    """Login of who holds it, is to take it, or owes its answer."""
    match head.holder:
        case WithOperator(operator=login) | InQueue(wanted=login) | Promised(owner=login):
            return login
        case _:
            return ""


def _since(head: Conversation, now: datetime) -> datetime:
    match head.holder:
        case WithOperator() as holder:
            return connected(holder)
        case InQueue() as holder:
            return waiting_since(holder)
        case _:
            return now


GROUPS: dict[Grouping, Callable[[Conversation], str]] = {
    "": lambda _: "", "queue": _queue, "topic": _topic, "channel": _family, "operator": operator_of}
"""The heading under which a row stands."""


def place(query: ListQuery) -> Callable[[Conversation], tuple[bool, str, float, int]]:
    """The place of a row: in danger first, then by groups, then in the order that is asked for."""
    group, usual = GROUPS[query.group], due_position if query.view == "promised" else waiting_position
    match query.sort:
        case "newest":
            return lambda head: (head.danger is None, group(head), 0.0, -head.id)
        case "oldest":
            return lambda head: (head.danger is None, group(head), 0.0, head.id)
        case _:
            return lambda head: (head.danger is None, group(head), *usual(head))
