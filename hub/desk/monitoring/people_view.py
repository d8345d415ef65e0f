"""Operators in the supervisors' form."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from hub.access.authorization import Authorization
from hub.access.operator import Operator, Presence, SimultaneousLimit
from hub.access.permissions import Permission
from hub.conversations.address import masked
from hub.conversations.conversation import Conversation, WithOperator
from hub.conversations.journal import StoredEvent, spoken
from hub.conversations.message import Author
from hub.conversations.sequencer import ConversationSequencer
from hub.conversations.silence import unanswered_since
from hub.desk.sign_in.forms import LoanOut
from hub.desk.sign_in.profile import loan_out
from hub.dispatch.dispatcher import Dispatch
from hub.monitoring.wallboard import Wallboard, Work
from hub.telephony.wrap_up import WrapUp

WORDS = 120
"""Most characters of the citizen's words in a row."""


class TalkNow(Struct, frozen=True):
    """A conversation of an operator, with its beginning; a talk can be monitored from there.

    `waits` is since when the citizen has no answer: only where citizens wait for it. `words` are the citizen's last ones.
    """

    conversation: str
    number: str
    channel: str
    since: datetime
    waits: datetime | None
    words: str
    danger: bool


class PersonNow(Struct, frozen=True):
    """`mine` may be paused, set ready, or temporarily assigned by the caller; `loan` is a current assignment.

    `since` is the beginning of the present state, or when this hub saw it first; `load` is per cent of what one may have at once.
    """

    login: str
    name: str
    work: Work
    since: datetime
    load: int
    presence: Presence
    until: datetime | None
    queues: list[str]
    talks: list[TalkNow]
    mine: bool
    loan: LoanOut | None
    limit: SimultaneousLimit
    written: int
    """Chats, letters and messages, offers included."""
    chats: int


class PeopleView:
    def __init__(self, dispatch: Dispatch, sequencer: ConversationSequencer, wallboard: Wallboard, wrap_up: WrapUp,
                 authorization: Authorization) -> None:
        self._dispatch, self._sequencer, self._wallboard, self._wrap_up = dispatch, sequencer, wallboard, wrap_up
        self._authorization = authorization

    async def out(self, who: Operator, of: Operator) -> PersonNow:
        held = [live.head for conversation in self._dispatch.holds(of.login) if (live := self._sequencer.active(conversation))]
        tails = await self._sequencer.tails(held)
        talks = [self._talk(who, head, head.holder, tails.get(head.id, ())) for head in held if isinstance(head.holder, WithOperator)]
        return PersonNow(of.login, of.name, self._wallboard.work(of.login), self._wallboard.since(of.login), self._dispatch.load(of.login),
                         self._dispatch.presence(of.login), self._wrap_up.until(of.login), list(of.queues), talks,
                         self._authorization.may(who, Permission.STEER), loan_out(self._dispatch, of),
                         of.limit, *self._dispatch.written(of.login))

    def _talk(self, who: Operator, head: Conversation, holder: WithOperator, tail: Sequence[StoredEvent]) -> TalkNow:
        last = next((said.text for record in reversed(tail) if (said := spoken(record.entry)) and said.author is Author.CITIZEN), "")
        words = last if self._authorization.knows(who, head.queue) else masked(last)
        waits = unanswered_since(holder, tail) if self._sequencer.traits.of(head.address).chats else None
        return TalkNow(str(head.id), head.number, head.address.channel, holder.since, waits, words[:WORDS], head.danger is not None)

    def covers(self, who: Operator, other: Operator) -> bool:
        return self._authorization.covers_all(who, other.queues)
