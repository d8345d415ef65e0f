"""Who is behind the floor's numbers: operators at work and what each of them has; whoever steers sets a pause, or free (MC-01)."""

from datetime import datetime

from msgspec import Struct

from hub.access.operator import Operator, Presence
from hub.access.permissions import Permission
from hub.conversations.conversation import WithOperator
from hub.desk.desk import Desk
from hub.desk.http.endpoint import Call, endpoint
from hub.desk.http.forms import Login
from hub.desk.sign_in.forms import LoanOut
from hub.kernel.audit_entry import AuditEntry
from hub.kernel.errors import RefusedError
from hub.monitoring.wallboard import Work


class TalkNow(Struct, frozen=True):
    """A conversation that somebody has, since when; its talk can be listened to from there."""

    conversation: str
    number: str
    channel: str
    since: datetime


class PersonNow(Struct, frozen=True):
    """`mine` may be set a pause, or free, or lent, by whoever asks; `loan` is where he was lent."""

    login: str
    name: str
    work: Work
    presence: Presence
    until: datetime | None
    queues: list[str]
    talks: list[TalkNow]
    mine: bool
    loan: LoanOut | None


class PauseIn(Struct, frozen=True):
    """`on` sets him on a break, otherwise he is ready again."""

    on: bool


@endpoint("GET", "/api/floor/people", Permission.SEE_ALL)
async def floor_people(desk: Desk, call: Call) -> list[PersonNow]:
    """Those of one's own centre who are at work or lent, by name."""
    known = sorted(desk.dispatch.operators(), key=lambda each: (each.name, each.login))
    there = [each for each in known if (desk.wallboard.work(each.login) is not Work.AWAY or each.loan) and _covers(desk, call.who, each)]
    return [_out(desk, call.who, each) for each in there]


@endpoint("POST", "/api/floor/people/{login}/pause", Permission.STEER)
async def pause(desk: Desk, call: Call, login: Login, body: PauseIn) -> PersonNow:
    """Set somebody who is at work on a break, or ready; his own desk shows it at once."""
    who = desk.dispatch.operator(login)
    if who is None or desk.dispatch.presence(login) is Presence.OFFLINE:
        raise RefusedError("not_at_work", "Его нет на линии.")
    if not _covers(desk, call.who, who):
        raise RefusedError("forbidden", "Это сотрудник другого центра.")
    presence = Presence.BREAK if body.on else Presence.READY
    await desk.store.note(AuditEntry(desk.now(), call.who.login, "presence_set", login, presence))
    desk.dispatch.set_presence(who, presence)
    return _out(desk, call.who, who)


def _covers(desk: Desk, who: Operator, other: Operator) -> bool:
    return desk.authorization.covers_all(who, other.queues)


def _out(desk: Desk, who: Operator, of: Operator) -> PersonNow:
    sequencer = [desk.sequencer.active(conversation) for conversation in desk.dispatch.holds(of.login)]
    talks = [TalkNow(str(live.head.id), live.head.number, live.head.address.channel, live.head.holder.since)
             for live in sequencer if live and isinstance(live.head.holder, WithOperator)]
    return PersonNow(of.login, of.name, desk.wallboard.work(of.login), desk.dispatch.presence(of.login), desk.wrap_up.until(of.login),
                     list(of.queues), talks, desk.authorization.may(who, Permission.STEER), desk.loan(of))


ENDPOINTS = (floor_people, pause)
