"""Redacts rows and entries for viewers who may not know the citizen's identity: contractors without personal data (LV-07)."""

from collections.abc import Sequence

from msgspec.structs import replace

from hub.access.authorization import Authorization
from hub.access.federal_separation import FederalDataPolicy
from hub.access.operator import Operator
from hub.actions.follow_service import FollowService
from hub.actions.later_replies import LaterReplies
from hub.actions.mention_service import MentionService
from hub.conversations.address import masked
from hub.conversations.conversation import Conversation
from hub.conversations.journal import StoredEvent
from hub.conversations.message import Author
from hub.desk.conversations.forms import ConversationOut, EntryOut, LaterOut, ListenerOut
from hub.desk.conversations.rows import ConversationRows
from hub.desk.conversations.timeline_view import TimelineView
from hub.dispatch.dispatcher import Dispatch
from hub.telephony.supervisor_monitoring import SupervisorMonitoring


class Veil:
    """Redaction for one viewer."""

    def __init__(self, rows: ConversationRows, entries: TimelineView, authorization: Authorization, federal_policy: FederalDataPolicy,
                 mention_service: MentionService, follow_service: FollowService, later_replies: LaterReplies,
                 supervision: SupervisorMonitoring, dispatch: Dispatch) -> None:
        self._rows, self._entries, self._authorization, self._federal_policy = rows, entries, authorization, federal_policy
        self._mention_service, self._follow_service, self._later_replies = mention_service, follow_service, later_replies
        self._supervision, self._dispatch = supervision, dispatch

    async def rows(self, who: Operator, heads: Sequence[Conversation]) -> list[ConversationOut]:
        return [self.row(who, row, head) for row, head in zip(await self._rows.rows(heads), heads, strict=True)]

    def row(self, who: Operator, row: ConversationOut, head: Conversation) -> ConversationOut:
        """A row without the data that the viewer may not see: identity, monitoring supervisors."""
        if (later := self._later(head.id)) is not None:
            row = replace(row, later=later)
        if not self._authorization.knows(who, head.queue):
            row = veiled_row(row)
        if self._mention_service.waits(who.login, head.id):
            row = replace(row, mentioned=True)
        if (news := self._follow_service.news(who.login, head.id)) is not None:
            row = replace(row, followed=news)
        there = self._supervision.listeners(who, head.id)
        if not there:
            return row
        return replace(row, listeners=[ListenerOut(login, self._dispatch.name(login), ear) for login, ear in there.items()])

    def _later(self, conversation: int) -> LaterOut | None:
        if (planned := self._later_replies.of(conversation)) is None:
            return None
        files = [self._entries.attachment(conversation, each) for each in planned.files]
        return LaterOut(planned.due, planned.text, files, planned.operator, self._dispatch.name(planned.operator), planned.stopped,
                        list(planned.cc))

    def entry(self, who: Operator, head: Conversation, record: StoredEvent) -> EntryOut:
        """An entry without the identity that the viewer may not see."""
        entry = self._entries.out(record)
        if not self._authorization.knows(who, head.queue):
            return veiled_entry(entry)
        return entry if self._federal_policy.shows_name(head) else nameless(entry)


def veiled_row(row: ConversationOut) -> ConversationOut:
    """Without name and address; numbers and mailboxes in texts are masked."""
    promise = replace(row.promise, address=masked(row.promise.address), why=masked(row.promise.why)) if row.promise else None
    parts = [replace(each, address=masked(each.address)) for each in row.parts]
    snoozed = replace(row.snoozed, why=masked(row.snoozed.why)) if row.snoozed else None
    later = replace(row.later, text=masked(row.later.text), files=[], cc=[]) if row.later else None
    return replace(
        row, name="", address=masked(row.address), last_text=masked(row.last_text), question=masked(row.question),
        subject=masked(row.subject), summary=masked(row.summary), promise=promise, snoozed=snoozed, later=later, proposed=[], parts=parts)


def veiled_entry(entry: EntryOut) -> EntryOut:
    """The same for an entry of the timeline."""
    return replace(
        nameless(entry), text=masked(entry.text), folded=masked(entry.folded),
        key=masked(entry.key), lines=[replace(line, text=masked(line.text)) for line in entry.lines], attachments=[],
        original=None)


def nameless(entry: EntryOut) -> EntryOut:
    """Without the name given with a message and further mailboxes: the federal centre shows none (FD-04)."""
    return replace(entry, name="" if entry.author is Author.CITIZEN else entry.name, cc=[])


def gone(row: ConversationOut) -> ConversationOut:
    """A row that is not visible any more: only its id."""
    return replace(veiled_row(row), address="", last_text="", question="", subject="", summary="", topic="", promise=None, place=None,
                   listeners=[], snoozed=None, later=None, looking=[], parts=[])
