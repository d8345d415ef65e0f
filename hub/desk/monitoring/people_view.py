"""Operators in the supervisors' form."""

from datetime import datetime

from msgspec import Struct

from hub.access.authorization import Authorization
from hub.access.operator import Operator, Presence
from hub.access.permissions import Permission
from hub.conversations.conversation import WithOperator
from hub.conversations.sequencer import ConversationSequencer
from hub.desk.sign_in.forms import LoanOut
from hub.desk.sign_in.profile import loan_out
from hub.dispatch.dispatcher import Dispatch
from hub.monitoring.wallboard import Wallboard, Work
from hub.telephony.wrap_up import WrapUp


class TalkNow(Struct, frozen=True):
    """A conversation of an operator, with its beginning; a talk can be monitored from there."""

    conversation: str
    number: str
    channel: str
    since: datetime


class PersonNow(Struct, frozen=True):
    """`mine` may be paused, set ready, or temporarily assigned by the caller; `loan` is a current assignment."""

    login: str
    name: str
    work: Work
    presence: Presence
    until: datetime | None
    queues: list[str]
    talks: list[TalkNow]
    mine: bool
    loan: LoanOut | None


class PeopleView:
    def __init__(self, dispatch: Dispatch, sequencer: ConversationSequencer, wallboard: Wallboard, wrap_up: WrapUp,
                 authorization: Authorization) -> None:
        self._dispatch, self._sequencer, self._wallboard, self._wrap_up = dispatch, sequencer, wallboard, wrap_up
        self._authorization = authorization

    def out(self, who: Operator, of: Operator) -> PersonNow:
        sequencer = [self._sequencer.active(conversation) for conversation in self._dispatch.holds(of.login)]
        talks = [TalkNow(str(live.head.id), live.head.number, live.head.address.channel, live.head.holder.since)
                 for live in sequencer if live and isinstance(live.head.holder, WithOperator)]
        return PersonNow(of.login, of.name, self._wallboard.work(of.login), self._dispatch.presence(of.login),
                         self._wrap_up.until(of.login), list(of.queues), talks, self._authorization.may(who, Permission.STEER),
                         loan_out(self._dispatch, of))

    def covers(self, who: Operator, other: Operator) -> bool:
        return self._authorization.covers_all(who, other.queues)
