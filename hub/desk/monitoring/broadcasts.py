"""Messages to the floor: sent by supervisors, read by operators (OC-05)."""

from datetime import datetime, timedelta
from typing import Annotated

from msgspec import Meta, Struct

from hub.access.permissions import Permission
from hub.desk.http.endpoint import Call, endpoint
from hub.desk.http.parts import Clock
from hub.dispatch.dispatcher import Dispatch
from hub.monitoring.broadcast import FloorMessage
from hub.monitoring.broadcasts import SupervisorBroadcasts

Key = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{1,64}$")]


class FloorMessageIn(Struct, frozen=True):
    """`to` is a group of lines as the floor names it, or `login` one person; shown for `minutes`."""

    text: Annotated[str, Meta(min_length=1, max_length=1000)]
    to: Annotated[str, Meta(max_length=100)] = ""
    login: Annotated[str, Meta(max_length=64)] = ""
    urgent: bool = False
    minutes: Annotated[int, Meta(ge=1, le=1440)] = 60


class ReaderOut(Struct, frozen=True):
    """`at` is null for those who have not read it."""

    login: str
    name: str
    at: datetime | None


class FloorMessageOut(Struct, frozen=True):
    """`readers` are all recipients, for those who may send."""

    id: str
    text: str
    by_name: str
    at: datetime
    until: datetime
    urgent: bool
    to: str
    login: str
    withdrawn: datetime | None
    readers: list[ReaderOut]


class FloorMessagesOut(Struct, frozen=True):
    """`unread` are to be shown now; `sent` are those of the last month to centres that one supervises."""

    unread: list[FloorMessageOut]
    sent: list[FloorMessageOut]


def _out(broadcasts: SupervisorBroadcasts, dispatch: Dispatch, each: FloorMessage, *, readers: bool) -> FloorMessageOut:
    read = broadcasts.readers(each)
    whom = [ReaderOut(who.login, who.name, read.get(who.login)) for who in broadcasts.addressed(each)] if readers else []
    return FloorMessageOut(each.id, each.text, dispatch.name(each.by), each.at, each.until, each.urgent, each.to, each.login,
                           each.withdrawn, whom)


@endpoint("GET", "/api/floor/messages", Permission.SERVE, Permission.STEER)
async def floor_messages(broadcasts: SupervisorBroadcasts, dispatch: Dispatch, call: Call) -> FloorMessagesOut:
    """Unread messages, and sent ones with read receipts for supervisors."""
    mail = broadcasts
    return FloorMessagesOut([_out(broadcasts, dispatch, each, readers=False) for each in mail.unread(call.who)],
                            [_out(broadcasts, dispatch, each, readers=True) for each in mail.sent(call.who)])


@endpoint("PUT", "/api/floor/messages/{message}", Permission.STEER)
async def send_floor_message(clock: Clock, broadcasts: SupervisorBroadcasts, dispatch: Dispatch, call: Call, message: Key,
                             body: FloorMessageIn) -> FloorMessageOut:
    """Send to all operators of some lines, or to one. Idempotent by key."""
    until = clock() + timedelta(minutes=body.minutes)
    sent = await broadcasts.send(call.who, message, body.text, body.to, login=body.login, urgent=body.urgent, until=until)
    return _out(broadcasts, dispatch, sent, readers=True)


@endpoint("POST", "/api/floor/messages/{message}/read", Permission.SERVE)
async def read_floor_message(broadcasts: SupervisorBroadcasts, call: Call, message: Key) -> None:
    """Mark as read."""
    await broadcasts.read(call.who, message)


@endpoint("DELETE", "/api/floor/messages/{message}", Permission.STEER)
async def withdraw_floor_message(broadcasts: SupervisorBroadcasts, call: Call, message: Key) -> None:
    """Withdraw a message."""
    await broadcasts.withdraw(call.who, message)


ENDPOINTS = (floor_messages, send_floor_message, read_floor_message, withdraw_floor_message)
