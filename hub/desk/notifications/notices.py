"""Notices of supervisors and systems to citizens, with their state (CH-15, CH-05)."""

from datetime import datetime
from functools import partial
from typing import Annotated

from msgspec import Meta, Struct

from hub.access.operator import Operator
from hub.access.permissions import Permission
from hub.actions.conversation_actions import Actions
from hub.conversations.address import Address
from hub.conversations.channel_traits import TraitRegistry
from hub.conversations.sequencer import ConversationSequencer
from hub.desk.http.endpoint import Call, endpoint
from hub.desk.http.forms import Before
from hub.desk.http.pagination import PAGE
from hub.desk.http.parts import Clock
from hub.desk.organisation.scope import CentreScope
from hub.dispatch.dispatcher import Dispatch
from hub.kernel.errors import RefusedError
from hub.notifications.notice import Ground, Notice, NoticeState, misfit
from hub.notifications.notifier import NotificationSender

NoticeKey = Annotated[str, Meta(min_length=1, max_length=100, pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]*$")]
ChannelName = Annotated[str, Meta(min_length=1, max_length=64)]
AddressValue = Annotated[str, Meta(min_length=1, max_length=254)]


class PreviewIn(Struct, frozen=True):
    channel: ChannelName
    address: AddressValue


class NoticeIn(Struct, frozen=True):
    """`key` is the unique key of the event: a repeated one sends nothing. `urgent` ignores the quiet hours."""

    key: NoticeKey
    channel: ChannelName
    address: AddressValue
    text: Annotated[str, Meta(min_length=1, max_length=1000, pattern=r"\S")]
    ground: Ground
    urgent: bool = False


class PreviewOut(Struct, frozen=True):
    """When a notice that is not urgent would be sent, and whether the citizen has opted out.

    `problem` is an error of the address.
    """

    due: datetime
    quiet: bool
    opted_out: bool
    problem: str = ""


class NoticeOut(Struct, frozen=True):
    """A sent one is in its `conversation`; `why` says why it was refused or failed."""

    id: str
    key: str
    channel: str
    address: str
    text: str
    ground: Ground
    urgent: bool
    at: datetime
    due: datetime
    by: str
    by_name: str
    state: NoticeState
    why: str
    conversation: str


class NoticesOut(Struct, frozen=True):
    """`channels` are those for notices."""

    notices: list[NoticeOut]
    more: bool
    channels: list[str]


async def notice_out(notification_sender: NotificationSender, dispatch: Dispatch, notice: Notice) -> NoticeOut:
    """The current state."""
    state, why = await notification_sender.standing(notice)
    return NoticeOut(
        str(notice.id), notice.key, notice.address.channel, notice.address.value, notice.text, notice.ground, notice.urgent,
        notice.at, notice.due, notice.by, dispatch.name(notice.by), state, why,
        str(notice.conversation) if notice.conversation else "")


def _ours(scope: CentreScope, who: Operator, notice: Notice) -> Notice:
    """A notice of one's own centre: others are not visible."""
    if not scope.ours(who, notice.by):
        raise RefusedError("no_such_notice", "Такого уведомления нет.")
    return notice


@endpoint("GET", "/api/notices", Permission.NOTIFY)
async def notices(notification_sender: NotificationSender, scope: CentreScope, sequencer: ConversationSequencer, actions: Actions,
                  dispatch: Dispatch, call: Call, query: Before) -> NoticesOut:
    """Notices of the last month, newest first; 50 a page, `before` the last one's id."""
    await actions.readings.note(call.who.login, "notices")
    found = notification_sender.recent(partial(scope.ours, call.who), before=query.before, limit=PAGE + 1)
    shown = [await notice_out(notification_sender, dispatch, each) for each in found[:PAGE]]
    return NoticesOut(shown, len(found) > PAGE, sequencer.carrying())


@endpoint("GET", "/api/notices/{key}", Permission.NOTIFY)
async def notice(notification_sender: NotificationSender, actions: Actions, scope: CentreScope, dispatch: Dispatch, call: Call,
                 key: NoticeKey) -> NoticeOut:
    """The state of one notice."""
    found = _ours(scope, call.who, notification_sender.find(key))
    await actions.readings.note(call.who.login, "notices", key)
    return await notice_out(notification_sender, dispatch, found)


@endpoint("POST", "/api/notices", Permission.NOTIFY)
async def notify(notification_sender: NotificationSender, dispatch: Dispatch, scope: CentreScope, call: Call, body: NoticeIn) -> NoticeOut:
    """Send a notice, once: now, or after the quiet hours."""
    sent = await notification_sender.notify(
        call.who.login, body.key, Address(body.channel, body.address), body.text.strip(), body.ground, urgent=body.urgent)
    return await notice_out(notification_sender, dispatch, _ours(scope, call.who, sent))


@endpoint("POST", "/api/notices/preview", Permission.NOTIFY)
async def preview_notice(notification_sender: NotificationSender, traits: TraitRegistry, clock: Clock, call: Call,
                         body: PreviewIn) -> PreviewOut:
    """Preview: when a notice would be sent. POST, so that numbers are not in URLs."""
    del call
    address = Address(body.channel, body.address)
    if problem := misfit(address, traits.of(address)):
        return PreviewOut(clock(), quiet=False, opted_out=False, problem=problem)
    due, opted_out = notification_sender.preview(address)
    return PreviewOut(due, due > clock(), opted_out)


ENDPOINTS = (notices, notice, notify, preview_notice)
